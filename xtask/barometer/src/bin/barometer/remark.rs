//! What a row or a table comes to, in a few words.

use crate::number::ratio;
use barometer::summary::{Kept, Part, Row, Table};

/// Who is faster, and whether the bound is kept.
pub(crate) fn remark(row: &Row) -> String {
    let part = match row.part {
        Part::Ours => "",
        Part::Sibling => "ours, too",
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

/// How far ours is from itself. A run of one process says less than it seems to.
pub(crate) fn noise(table: &Table) -> String {
    let one = ", in one process; what differs from process to process is in none of the intervals";
    format!("{}{}", ratio(table.noise), if table.launches == 1 { one } else { "" })
}
