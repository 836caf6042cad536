//! The audit: what the clients were promised against what is on disk.

use crate::folder::Folder;
use crate::message::{QUEUE, Upload};
use producer_consumer::jobs::{Queue, State};
use std::collections::BTreeMap;
use std::fs;

/// What the audit found.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Books {
    pub(crate) accepted: usize,
    pub(crate) completed: usize,
    /// Names with reasons.
    pub(crate) failed: Vec<String>,
    /// Accepted and neither completed nor failed, or completed without a sound thumbnail.
    pub(crate) lost: Vec<String>,
    /// Names of pictures with more than one row in the ledger.
    pub(crate) stored_twice: Vec<String>,
    /// Jobs or thumbnails that nobody was promised, and drafts left behind.
    pub(crate) unaccounted: Vec<String>,
}

/// Makes the table that completions write to.
pub(crate) fn open_ledger(queue: &Queue<Upload>) -> anyhow::Result<()> {
    // No uniqueness: a second row has to be possible, so that it can be found.
    let table =
        "CREATE TABLE stored (job TEXT NOT NULL, name TEXT NOT NULL, size INTEGER NOT NULL, crc INTEGER NOT NULL)";
    queue.with_connection(|connection| connection.execute_batch(table))?;
    Ok(())
}

/// Compares `accepted` (ids with names) with the queue, the ledger and the thumbnails.
pub(crate) fn check(folder: &Folder, accepted: &BTreeMap<String, String>) -> anyhow::Result<Books> {
    let queue: Queue<Upload> = Queue::open(folder.database(), QUEUE)?;
    let mut books = Books { accepted: accepted.len(), ..Books::default() };
    let mut ledger: BTreeMap<String, Vec<(i64, u32)>> = BTreeMap::new();
    queue.with_connection(|connection| {
        let mut rows = connection.prepare("SELECT job, size, crc FROM stored")?;
        let mut rows = rows.query([])?;
        while let Some(row) = rows.next()? {
            ledger.entry(row.get(0)?).or_default().push((row.get(1)?, row.get(2)?));
        }
        Ok(())
    })?;
    for (id, name) in accepted {
        let rows = ledger.remove(id).unwrap_or_default();
        if rows.len() > 1 {
            books.stored_twice.push(name.clone());
        }
        match queue.job(&id.as_str().into())? {
            None => books.lost.push(format!("{name}: not in the queue")),
            Some(job) => match job.state {
                State::Completed => {
                    match rows.first().map_or(Err("has no row".to_owned()), |row| sound(folder, id, *row)) {
                        Ok(()) => books.completed += 1,
                        Err(why) => books.lost.push(format!("{name}: {why}")),
                    }
                }
                State::Failed => books.failed.push(job.failed_reason.unwrap_or_else(|| format!("{name}: no reason"))),
                state => books.lost.push(format!("{name}: still {state}")),
            },
        }
    }
    books.unaccounted.extend(ledger.into_keys().map(|id| format!("row of {id}")));
    let promised = |file: &str| file.strip_suffix(".jpg").is_some_and(|id| accepted.contains_key(id));
    for entry in fs::read_dir(folder.thumbnails())? {
        let file = entry?.file_name().to_string_lossy().into_owned();
        if !promised(&file) && !file.ends_with(".part") {
            books.unaccounted.push(format!("thumbnail {file}"));
        }
    }
    Ok(books)
}

/// Whether a thumbnail is what its row in the ledger says.
fn sound(folder: &Folder, id: &str, (size, crc): (i64, u32)) -> Result<(), String> {
    let bytes = fs::read(folder.thumbnail(id)).map_err(|error| format!("its thumbnail cannot be read: {error}"))?;
    if i64::try_from(bytes.len()) != Ok(size) || crc32fast::hash(&bytes) != crc {
        return Err("its thumbnail is not what was stored".to_owned());
    }
    image::load_from_memory(&bytes).map(drop).map_err(|error| format!("its thumbnail cannot be decoded: {error}"))
}
