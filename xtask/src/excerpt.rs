//! Foreign output inside ours: indented, and no more of it than somebody reads.

/// Of a longer text the end is shown, where the reason usually stands.
const SHOWN_LINES: usize = 400;

/// The end of `text`, each line marked as not ours.
pub(crate) fn excerpt(text: &str) -> String {
    let lines: Vec<&str> = text.lines().collect();
    let skipped = lines.len().saturating_sub(SHOWN_LINES);
    let mut shown = if skipped > 0 { format!("  ({skipped} lines before)\n") } else { String::new() };
    shown.extend(lines[skipped..].iter().map(|line| format!("  | {line}\n")));
    shown
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_short_text_is_shown_whole() {
        assert_eq!(excerpt("a\nb"), "  | a\n  | b\n");
        assert_eq!(excerpt(""), "");
    }

    #[test]
    fn a_long_text_shows_its_end() {
        let shown = excerpt(&"line\n".repeat(SHOWN_LINES + 7));
        assert!(shown.starts_with("  (7 lines before)\n"));
        assert_eq!(shown.lines().count(), SHOWN_LINES + 1);
    }
}
