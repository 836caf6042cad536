//! What a mistyped word was meant to be.

/// The question to ask of somebody who has mistyped one of `known`, if one is close.
pub(crate) fn meant<'a>(word: &str, known: impl IntoIterator<Item = &'a str>) -> String {
    closest(word, known).map(|close| format!("did you mean `{close}`? ")).unwrap_or_default()
}

/// The candidate at most a third of `word`'s letters, and at least two, away from it.
fn closest<'a>(word: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let near = (word.chars().count() / 3).max(2);
    let candidates = candidates.into_iter().map(|candidate| (distance(word, candidate), candidate));
    candidates.filter(|(far, _)| *far <= near).min().map(|(_, candidate)| candidate)
}

/// Levenshtein's edit distance, one row at a time.
fn distance(from: &str, to: &str) -> usize {
    let to: Vec<char> = to.chars().collect();
    let mut row: Vec<usize> = (0..=to.len()).collect();
    for (i, letter) in from.chars().enumerate() {
        let mut diagonal = row[0];
        row[0] = i + 1;
        for (j, other) in to.iter().enumerate() {
            let replaced = diagonal + usize::from(letter != *other);
            diagonal = row[j + 1];
            row[j + 1] = replaced.min(diagonal + 1).min(row[j] + 1);
        }
    }
    row[to.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_close_word_is_suggested_and_a_distant_one_is_not() {
        assert_eq!(meant("tset", ["demo", "test"]), "did you mean `test`? ");
        assert_eq!(meant("deploy-everything", ["demo", "test"]), "");
    }

    #[test]
    fn distance_counts_edits() {
        assert_eq!(distance("kitten", "sitting"), 3);
        assert_eq!(distance("", "abc"), 3);
        assert_eq!(distance("abc", "abc"), 0);
    }
}
