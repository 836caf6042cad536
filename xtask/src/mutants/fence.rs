//! `fence`: a fence, or a side of a barrier, that is not there.

use super::code::Code;
use super::mutant::{Change, Edit};
use super::ordering::{Operation, operations};

pub(super) fn changes(code: &Code<'_>) -> Vec<Change> {
    let fences = operations(code).into_iter().filter(|operation| operation.name == "fence");
    let mut changes: Vec<Change> = fences.map(|fence| removed(code, &fence)).collect();
    changes.extend(code.methods(|name| matches!(name, "light" | "heavy")).into_iter().map(|(receiver, call)| {
        let name = code.text(&call.name);
        Change {
            site: call.name.start..call.close,
            variant: "removed".to_owned(),
            what: format!("`{name}` removed"),
            edits: vec![Edit::new(receiver.start..call.close + 1, "()")],
        }
    }));
    changes
}

fn removed(code: &Code<'_>, fence: &Operation) -> Change {
    let path = code.mask[..fence.call.name.start].trim_end_matches(|c: char| c == ':' || crate::source::is_word(c));
    Change {
        site: fence.call.name.start..fence.call.close,
        variant: "removed".to_owned(),
        what: format!("`fence` {} removed", fence.orderings[0].2),
        edits: vec![Edit::new(path.len()..fence.call.close + 1, "()")],
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::mutants::fixture::made;

    #[test]
    fn a_fence_goes_with_its_path() {
        assert_eq!(made("f();\nfence(Ordering::SeqCst);", changes), ["f();\n();"]);
        assert_eq!(made("{ sync::atomic::fence(Acquire) }", changes), ["{ () }"]);
    }

    #[test]
    fn each_side_of_a_barrier_goes_with_its_receiver() {
        assert_eq!(made("self.barrier.light();", changes), ["();"]);
        assert_eq!(made("if dear { self.barrier.heavy(); }", changes), ["if dear { (); }"]);
    }

    #[test]
    fn other_fences_stay() {
        for text in ["// fence(SeqCst)", "garden.fence(SeqCst);", "fence(4);", "fn fence(order: Ordering) {}"] {
            assert_eq!(made(text, changes), [""; 0], "{text}");
        }
    }
}
