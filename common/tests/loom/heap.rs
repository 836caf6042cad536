//! Blocks of the heap: a model sees each way to free one wrongly.

use common::model::model;
use common::sync::atomic::{AtomicUsize, Ordering};
use common::sync::heap::Block;

/// Two ends, and the one that comes second frees; `order` is that of its look at the other.
fn leave(block: Block<AtomicUsize>, order: Ordering) -> bool {
    // SAFETY: the block lives until the second end has come.
    let is_last = block.with(|count| unsafe { &*count }.fetch_add(1, order)) == 1;
    if is_last {
        // SAFETY: the other end has left. Where `order` does not acquire its last access this is wrong, as it is meant to be.
        unsafe { block.free() };
    }
    is_last
}

#[test]
fn a_block_is_freed_by_the_last_who_leaves() {
    model("heap/last_one_frees").outcomes(&["by the first role", "by the last"]).check(|seen| {
        let block = Block::new(AtomicUsize::new(0));
        let other = block.share();
        // ORDERING: AcqRel: whoever frees has to see the other's access.
        let freed = seen.race((|| leave(block, Ordering::AcqRel), || leave(other, Ordering::AcqRel)));
        seen.outcome(match freed {
            (true, false) => "by the first role",
            (false, true) => "by the last",
            both_or_none => panic!("one of them frees: {both_or_none:?}"),
        });
    });
}

#[test]
fn control_a_block_is_freed_without_an_order_to_the_others_access() {
    model("heap/control_no_order").must_fail_in_weak_memory("Causality violation", |seen| {
        let block = Block::new(AtomicUsize::new(0));
        let other = block.share();
        // ORDERING: Relaxed: that is what is wrong with it.
        seen.race((|| leave(block, Ordering::Relaxed), || leave(other, Ordering::Relaxed)));
    });
}

/// A look and a step in two are not one step: each sees the other still there.
#[test]
fn control_a_block_that_nobody_frees() {
    model("heap/control_leak").must_fail("a block leaked", |seen| {
        let block = Block::new(AtomicUsize::new(0));
        let other = block.share();
        let leave = |block: Block<AtomicUsize>| {
            // SAFETY: the block lives until both have left.
            let word = |count: *const AtomicUsize| unsafe { &*count }.load(Ordering::Acquire);
            if block.with(word) == 1 {
                // SAFETY: the other end has left.
                unsafe { block.free() };
            } else {
                // ORDERING: Release, to the load above. SAFETY: as above.
                block.with(|count| unsafe { &*count }.store(1, Ordering::Release));
            }
        };
        seen.race((|| leave(block), || leave(other)));
    });
}

#[test]
fn control_a_block_that_is_used_after_it_was_freed() {
    model("heap/control_use_after_free").must_fail("a block is used after it was freed", |seen| {
        let block = Block::new(AtomicUsize::new(0));
        let other = block.share();
        // SAFETY: none: nobody has made sure that the other has left.
        let free = || unsafe { block.free() };
        // ORDERING: Relaxed: there may be nothing to read. SAFETY: as above.
        let read = || other.with(|count| unsafe { &*count }.load(Ordering::Relaxed));
        seen.race((free, read));
    });
}

#[test]
fn control_a_block_that_both_free() {
    model("heap/control_double_free").must_fail("a block is freed twice", |seen| {
        let block = Block::new(AtomicUsize::new(0));
        let other = block.share();
        // SAFETY: none: each takes itself for the last.
        let free = |block: Block<AtomicUsize>| unsafe { block.free() };
        // ORDERING: AcqRel, a race that orders both.
        let turn = AtomicUsize::new(0);
        let free = |block| {
            turn.fetch_add(1, Ordering::AcqRel);
            free(block);
        };
        seen.race((|| free(block), || free(other)));
    });
}
