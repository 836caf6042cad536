//! The audit: what the clients were promised against what is on disk.

use crate::folder::Folder;
use crate::message::{QUEUE, Upload, VISITOR};
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
    /// Rows or thumbnails that nobody was promised.
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
    for (id, rows) in ledger {
        let is_visitors = id.starts_with(VISITOR) && queue.job(&id.as_str().into())?.is_some();
        match rows.len() {
            _ if !is_visitors => books.unaccounted.push(format!("row of {id}")),
            1 => {}
            _ => books.stored_twice.push(id),
        }
    }
    let is_promised = |id: &str| accepted.contains_key(id) || id.starts_with(VISITOR);
    let promised = |file: &str| file.strip_suffix(".jpg").is_some_and(is_promised);
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

#[cfg(test)]
mod tests {
    use super::*;
    use producer_consumer::jobs::{Done, Job, JobOptions, Worker};
    use rusqlite::params;
    use std::time::{Duration, Instant};

    /// Does what the job's name says, and writes as many rows as it says.
    fn make(folder: &Folder, job: &Job<Upload>) -> Done<()> {
        let (id, name) = (job.id().to_string(), job.payload().name.clone());
        let mut bytes = Vec::new();
        let picture = image::RgbImage::new(2, 2);
        picture.write_to(&mut std::io::Cursor::new(&mut bytes), image::ImageFormat::Jpeg).unwrap();
        let (size, crc) = (bytes.len() as i64, crc32fast::hash(&bytes));
        match name.as_str() {
            "no thumbnail" => {}
            "torn" => fs::write(folder.thumbnail(&id), &bytes[1..]).unwrap(),
            _ => fs::write(folder.thumbnail(&id), &bytes).unwrap(),
        }
        let rows = [("twice", 2), ("no row", 0)].iter().find(|(what, _)| *what == name).map_or(1, |(_, rows)| *rows);
        Done::new(()).in_transaction(move |transaction| {
            (0..rows).try_for_each(|_| {
                let row = "INSERT INTO stored (job, name, size, crc) VALUES (?1, ?2, ?3, ?4)";
                transaction.execute(row, params![id, name, size, crc]).map(drop)
            })
        })
    }

    fn audited(jobs: &[(&str, &str)], accepted: &[(&str, &str)]) -> Books {
        let base = tempfile::tempdir().unwrap();
        let folder = Folder::create(base.path()).unwrap();
        let queue: Queue<Upload> = Queue::open(folder.database(), QUEUE).unwrap();
        open_ledger(&queue).unwrap();
        for (id, name) in jobs {
            let upload = Upload { name: (*name).to_owned(), problem: None };
            queue.add_with(&upload, &JobOptions::new().id(*id)).unwrap();
        }
        let shared = folder.clone();
        let worker = Worker::builder(&queue).start(move |job: &Job<Upload>| Ok(make(&shared, job))).unwrap();
        let deadline = Instant::now() + Duration::from_secs(20);
        assert!(queue.wait_idle_deadline(deadline).unwrap());
        worker.drain(deadline);
        let accepted = accepted.iter().map(|(id, name)| ((*id).to_owned(), (*name).to_owned())).collect();
        check(&folder, &accepted).unwrap()
    }

    #[test]
    fn sound_books_are_found_sound() {
        let jobs = [("a", "fine"), ("b", "fine")];
        assert_eq!(audited(&jobs, &jobs), Books { accepted: 2, completed: 2, ..Books::default() });
    }

    #[test]
    fn every_lie_is_found() {
        let jobs = [("a", "twice"), ("b", "no thumbnail"), ("c", "torn"), ("d", "no row")];
        let books = audited(&jobs, &[jobs[0], jobs[1], jobs[2], jobs[3], ("e", "never added")]);
        assert_eq!((books.accepted, books.completed, books.stored_twice.as_slice()), (5, 1, &["twice".to_owned()][..]));
        let reasons = ["cannot be read", "is not what was stored", "has no row", "not in the queue"];
        assert_eq!(books.lost.len(), reasons.len(), "{:?}", books.lost);
        for (lost, reason) in books.lost.iter().zip(reasons) {
            assert!(lost.contains(reason), "{lost}");
        }
    }

    #[test]
    fn a_visitors_upload_is_no_surprise_and_anybody_elses_is() {
        let books = audited(&[("visitor-1", "fine"), ("x", "fine")], &[]);
        assert_eq!(books.unaccounted, ["row of x", "thumbnail x.jpg"]);
        assert_eq!(audited(&[("visitor-1", "twice")], &[]).stored_twice, ["visitor-1"]);
    }
}
