//! Interruptions: Ctrl-C, and whatever else asks the barometer to end.
//!
//! The programs that are asked lead groups of their own, where no Ctrl-C of a terminal reaches them. So a thread waits for
//! the signal and kills the groups; whoever listens to a program hears its end, and [`is_asked`] says why it came. A
//! hang-up is left as it is, since `nohup` ignores it; programs end when nobody reads what they say.

use anyhow::{Context, Result};
use rustix::process::{Pid, Signal, kill_process_group};
use signal_hook::consts::{SIGINT, SIGTERM};
use signal_hook::iterator::Signals;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::thread;

/// What a shell makes of a Ctrl-C.
pub(crate) const STATUS: u8 = 130;

#[derive(Debug)]
struct State {
    is_asked: bool,
    groups: Vec<Pid>,
}

static STATE: Mutex<State> = Mutex::new(State { is_asked: false, groups: Vec::new() });

fn state() -> MutexGuard<'static, State> {
    STATE.lock().unwrap_or_else(PoisonError::into_inner)
}

/// From now on the first signal ends what is being asked, and the second one the barometer itself.
pub(crate) fn listen() -> Result<()> {
    let mut signals = Signals::new([SIGINT, SIGTERM]).context("cannot wait for signals")?;
    thread::spawn(move || {
        for _ in &mut signals {
            let mut state = state();
            state.groups.iter().for_each(|group| kill(*group));
            if state.is_asked {
                std::process::exit(STATUS.into());
            }
            state.is_asked = true;
        }
    });
    Ok(())
}

pub(crate) fn is_asked() -> bool {
    state().is_asked
}

/// The group ends with an interruption, if need be at once.
pub(crate) fn enlist(group: Pid) {
    let mut state = state();
    state.groups.push(group);
    if state.is_asked {
        kill(group);
    }
}

/// The group is left alone from now on, since its number may soon be another one's.
pub(crate) fn dismiss(group: Pid) {
    state().groups.retain(|it| *it != group);
}

fn kill(group: Pid) {
    // A group without members is what this wants, so an error is no news.
    let _ = kill_process_group(group, Signal::KILL);
}
