//! Floors: what no contender of a kind can do without, measured in the same rounds.
//!
//! | floor | an operation |
//! |---|---|
//! | `line-transfer` | a cache line goes from one core to another |
//! | `park` | a thread wakes another one and sleeps until that has woken it, by `std::thread::park` |
//! | `fetch-add` | a thread adds to a word to which another one adds, too |
//! | `boxed-call` | a closure of 16 bytes is boxed, called and freed |
//! | `loopback` | 64 bytes go to another thread and back, through a TCP connection to this machine |
//! | `commit` | 4 KiB of a file are overwritten and are on the disk |

use crate::contender::{Absent, Contender, Loop, Outcome};
use crate::crew;
use crate::placement::{Placement, cores};
use crate::scenario::Checksum;
use anyhow::{Context, Result, bail};
use std::env;
use std::fs::{self, File};
use std::hint::{black_box, spin_loop};
use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::os::unix::fs::FileExt;
use std::path::PathBuf;
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread::{self, Thread};

/// The floor of that name, for threads in that placement.
///
/// # Errors
///
/// [`Absent`] if there is no such floor in that placement; otherwise when there is no such floor at all, or no socket
/// or no file.
pub fn floor(name: &str, placement: Placement) -> Result<Box<dyn Contender>> {
    Ok(match name {
        "line-transfer" if placement == Placement::Together || cores() < 2 => {
            bail!(Absent("a line does not change its core where threads share one".to_owned()))
        }
        "line-transfer" => Box::new(LineTransfer),
        "park" => Box::new(Park(placement)),
        "fetch-add" => Box::new(FetchAdd(placement)),
        "boxed-call" => Box::new(Loop(boxed_call)),
        "loopback" => Box::new(Loopback::new(placement)?),
        "commit" => Box::new(Commit::new()?),
        _ => bail!("no floor `{name}`"),
    })
}

struct LineTransfer;

impl Contender for LineTransfer {
    fn run(&mut self, operations: u64) -> Result<Outcome> {
        let turn = AtomicU64::new(0);
        // The turn goes from thread to thread, so each transfer is one half of a round trip.
        let outcome = crew::run(2, Placement::Apart, |thread| {
            let mut outcome = Outcome::default();
            for number in (thread as u64..operations).step_by(2) {
                // ORDERING: Acquire, Release: as those who hand something over.
                while turn.load(Ordering::Acquire) != number {
                    spin_loop();
                }
                turn.store(number + 1, Ordering::Release);
                outcome.add(number);
            }
            Ok(outcome)
        });
        outcome.map(|outcome| Outcome { count: operations, checksum: outcome.checksum })
    }
}

struct Park(Placement);

impl Contender for Park {
    fn run(&mut self, operations: u64) -> Result<Outcome> {
        let turn = AtomicU64::new(0);
        let threads = [const { std::sync::OnceLock::<Thread>::new() }; 2];
        crew::run(2, self.0, |thread| {
            threads[thread].get_or_init(thread::current);
            let mut outcome = Outcome::default();
            for number in 0..operations {
                let mine = 2 * number + thread as u64;
                // ORDERING: Acquire, Release: the token may be a stale one, so the word has to order the threads.
                while turn.load(Ordering::Acquire) != mine {
                    thread::park();
                }
                turn.store(mine + 1, Ordering::Release);
                let other = loop {
                    match threads[1 - thread].get() {
                        Some(other) => break other,
                        None => thread::yield_now(),
                    }
                };
                other.unpark();
                // A round trip counts once.
                if thread == 0 {
                    outcome.add(number);
                }
            }
            Ok(outcome)
        })
    }
}

struct FetchAdd(Placement);

impl Contender for FetchAdd {
    fn run(&mut self, operations: u64) -> Result<Outcome> {
        let word = AtomicU64::new(0);
        crew::run(2, self.0, |thread| {
            let share = crew::share(operations, thread, 2);
            for number in share.clone() {
                // ORDERING: Relaxed: a count.
                word.fetch_add(number, Ordering::Relaxed);
            }
            Ok(share.collect())
        })
    }
}

fn boxed_call(operations: u64) -> u64 {
    (0..operations).fold(0, |sum, number| {
        let captured = black_box([number, 0]);
        let call: Box<dyn FnOnce() -> u64> = black_box(Box::new(move || captured[0] + captured[1]));
        call().wrapping_add(sum)
    })
}

const BYTES: usize = 64;

struct Loopback {
    here: TcpStream,
}

impl Loopback {
    fn new(placement: Placement) -> Result<Self> {
        let listener = TcpListener::bind("127.0.0.1:0")?;
        let here = TcpStream::connect(listener.local_addr()?)?;
        let (mut there, _) = listener.accept()?;
        here.set_nodelay(true)?;
        there.set_nodelay(true)?;
        placement.pin(0);
        thread::spawn(move || {
            placement.pin(1);
            let mut bytes = [0; BYTES];
            // It ends with the connection.
            while there.read_exact(&mut bytes).and_then(|()| there.write_all(&bytes)).is_ok() {}
        });
        Ok(Self { here })
    }
}

impl Contender for Loopback {
    fn run(&mut self, operations: u64) -> Result<Outcome> {
        let mut outcome = Outcome::default();
        let mut bytes = [0; BYTES];
        for number in 0..operations {
            bytes[..8].copy_from_slice(&number.to_le_bytes());
            self.here.write_all(&bytes)?;
            self.here.read_exact(&mut bytes)?;
            outcome.add(u64::from_le_bytes(*bytes.first_chunk().expect("64 bytes have 8 at their start")));
        }
        Ok(outcome)
    }
}

/// The file is on the disk that the program is on, since a folder for temporary files may be in memory. Its size is what
/// it is from the beginning, as a log's is that is used again and again.
struct Commit {
    file: File,
    path: PathBuf,
}

const PAGE: usize = 4096;
const PAGES: u64 = 64;

static FILES: AtomicU64 = AtomicU64::new(0);

impl Commit {
    fn new() -> Result<Self> {
        let program = env::current_exe()?;
        let folder = program.parent().context("a program is in a folder")?;
        // ORDERING: Relaxed: only the number counts.
        let number = FILES.fetch_add(1, Ordering::Relaxed);
        let path = folder.join(format!("floor-{}-{number}", std::process::id()));
        let mut file = File::create(&path).with_context(|| format!("cannot make {}", path.display()))?;
        file.write_all(&[0; PAGES as usize * PAGE])?;
        file.sync_all()?;
        Ok(Self { file, path })
    }
}

impl Contender for Commit {
    fn run(&mut self, operations: u64) -> Result<Outcome> {
        let page = [1; PAGE];
        for number in 0..operations {
            self.file.write_all_at(&page, number % PAGES * PAGE as u64)?;
            self.file.sync_data()?;
        }
        Ok((0..operations).collect())
    }
}

impl Drop for Commit {
    fn drop(&mut self) {
        let _ = fs::remove_file(&self.path);
    }
}

/// What a floor's operations come to: each carries its number.
pub(crate) fn expects(operations: u64) -> Outcome {
    Outcome { count: operations, checksum: Checksum::Numbers.of(operations) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_floor_does_what_it_says() {
        for name in ["line-transfer", "park", "fetch-add", "boxed-call", "loopback", "commit"] {
            let mut floor = match floor(name, Placement::Apart) {
                Err(error) if error.is::<Absent>() => continue,
                floor => floor.unwrap(),
            };
            for operations in [0, 1, 20] {
                assert_eq!(floor.run(operations).unwrap(), expects(operations), "{name}");
            }
        }
        assert!(floor("ceiling", Placement::Apart).is_err());
    }
}
