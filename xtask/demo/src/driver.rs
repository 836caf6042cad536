//! The primary: makes or collects pictures, lets the show run, and gives the verdict.

use crate::args::Args;
use crate::books;
use crate::folder::Folder;
use crate::input;
use crate::message::{QUEUE, Upload};
use crate::picture;
use crate::show::Show;
use anyhow::bail;
use common::sync::Arc;
use common::sync::atomic::{AtomicBool, Ordering};
use producer_consumer::jobs::Queue;
use std::process::ExitCode;
use std::thread;
use std::time::Duration;

/// The exit code of a program that Ctrl-C ended.
const INTERRUPTED: u8 = 130;

/// Runs the whole demo.
pub(crate) fn run(args: &Args) -> anyhow::Result<ExitCode> {
    let interrupted = Arc::new(AtomicBool::new(false));
    for signal in [signal_hook::consts::SIGINT, signal_hook::consts::SIGTERM] {
        // A second signal does what signals do; the workers notice that the primary is gone.
        signal_hook::flag::register_conditional_default(signal, interrupted.clone())?;
        signal_hook::flag::register(signal, interrupted.clone())?;
    }
    // ORDERING: Relaxed: a flag that is polled.
    let interrupted = || interrupted.load(Ordering::Relaxed);

    // The input comes first: a wrong one must not cost what an earlier demo has left.
    let brought = args.input.as_deref().map(input::collect).transpose()?;
    if let Some(input) = args.input.as_deref().filter(|input| input::is_within(input, &args.output)) {
        let (input, output) = (input.display(), args.output.display());
        bail!("{input} lies within {output}, which is emptied first; give --output another folder");
    }
    let folder = Folder::create(&args.output)?;
    let entries = match brought {
        Some(entries) => entries,
        None => {
            println!("making {} pictures", args.pictures);
            picture::make(&folder.made(), args.pictures, args.quick, &interrupted)?;
            if interrupted() {
                println!("interrupted before any worker was started");
                return Ok(ExitCode::from(INTERRUPTED));
            }
            input::collect(&folder.made())?
        }
    };
    let queue: Queue<Upload> = Queue::open(folder.database(), QUEUE)?;
    books::open_ledger(&queue)?;
    let mut show = Show::start(args, folder, queue, entries)?;
    let verdict = direct(&mut show, args, &interrupted);
    // Whatever happened, no process is left behind.
    let ended = show.end();
    let kept = verdict?;
    ended?;
    Ok(match kept {
        None => {
            println!("interrupted; all workers have left");
            ExitCode::from(INTERRUPTED)
        }
        Some(true) => ExitCode::SUCCESS,
        Some(false) => ExitCode::FAILURE,
    })
}

/// Lets the show run and checks its books; whether all promises were kept, or `None` if interrupted.
fn direct(show: &mut Show, args: &Args, interrupted: &dyn Fn() -> bool) -> anyhow::Result<Option<bool>> {
    if !show.perform(interrupted)? {
        return Ok(None);
    }
    let outcome = show.audit()?;
    println!("\n{}", outcome.table());
    let broken = outcome.broken();
    for promise in &broken {
        println!("BROKEN: {promise}");
    }
    if broken.is_empty() {
        println!("all promises kept");
    }
    if args.serve {
        println!("the page stays up; Ctrl-C ends it");
        while !interrupted() {
            // SLEEP: waiting for a person.
            thread::sleep(Duration::from_millis(50));
        }
    }
    Ok(Some(broken.is_empty()))
}
