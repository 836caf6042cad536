//! What a row comes to, in a word or two.

use barometer::summary::{Kept, Part, Row};

/// Who is faster, and whether the bound is kept.
pub(crate) fn remark(row: &Row) -> String {
    let part = match row.part {
        Part::Ours => "",
        Part::Slower => "slower than ours",
        Part::Faster => "FASTER than ours",
        Part::NotResolvable => "not resolvable",
        Part::Floor => "floor",
    };
    let kept = row.bound.map(|(bound, kept)| {
        let kept = match kept {
            Kept::Yes => "kept",
            Kept::Open => "open",
            Kept::No => "MISSED",
        };
        format!("; bound {bound} {kept}")
    });
    format!("{part}{}", kept.unwrap_or_default())
}
