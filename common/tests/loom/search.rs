//! The search itself: of a program whose every outcome is known, none is missed.
//!
//! Programs are made by chance: three threads of two steps, or two of four, on two locations. What sequential
//! consistency allows is found by running all interleavings; whoever explores all schedules must reach at least that.

use common::sync::{atomic as door, thread};
use loom::sync::atomic as bare;
use std::collections::BTreeSet;
use std::sync::{Arc, Mutex, PoisonError};

/// Enough that loom alone misses outcomes of ten of them; 8 seconds.
const PROGRAMS: u64 = 64;

const LOCATIONS: usize = 2;

#[derive(Clone, Copy, Debug)]
enum Step {
    Load,
    Store(usize),
    Add(usize),
    /// From the first to the second.
    Exchange(usize, usize),
}

/// What each thread does at which location.
type Program = Vec<Vec<(usize, Step)>>;

/// What each step of each thread found; 9 for one that does not look.
type Outcome = Vec<Vec<usize>>;

#[test]
fn no_outcome_of_a_random_program_is_missed() {
    let missed = programs().map(|program| missed_of(&program, explore::<door::AtomicUsize>(&program)));
    for (number, missed) in missed.enumerate() {
        assert!(missed.is_empty(), "program {number} has outcomes that were not reached: {missed:?}");
    }
}

/// The day this fails, the shadows can go; see [`shadow`](super::shadow).
#[test]
fn loom_alone_misses_outcomes_of_random_programs() {
    let incomplete =
        programs().filter(|program| !missed_of(program, explore::<bare::AtomicUsize>(program)).is_empty()).count();
    println!("loom alone misses outcomes of {incomplete} programs of {PROGRAMS}");
    assert!(incomplete > 0);
}

fn programs() -> impl Iterator<Item = Program> {
    (0..PROGRAMS).map(|number| {
        let mut chance = Chance(number);
        let (threads, steps) = if number % 2 == 0 { (3, 2) } else { (2, 4) };
        (0..threads).map(|_| (0..steps).map(|_| (chance.below(LOCATIONS), chance.step())).collect()).collect()
    })
}

/// SplitMix64 (Steele, Lea, Flood 2014).
struct Chance(u64);

impl Chance {
    fn below(&mut self, bound: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (mixed ^ (mixed >> 31)) as usize % bound
    }

    fn step(&mut self) -> Step {
        match self.below(6) {
            0..=2 => Step::Load,
            3 => Step::Store(1 + self.below(2)),
            4 => Step::Add(1),
            _ => Step::Exchange(self.below(2), 2),
        }
    }
}

fn missed_of(program: &Program, reached: BTreeSet<Outcome>) -> Vec<Outcome> {
    let mut allowed = BTreeSet::new();
    interleave(
        program,
        &mut vec![0; program.len()],
        [0; LOCATIONS],
        &mut vec![Vec::new(); program.len()],
        &mut allowed,
    );
    allowed.difference(&reached).cloned().collect()
}

/// Runs every interleaving from where each thread is `at`.
fn interleave(
    program: &Program,
    at: &mut [usize],
    memory: [usize; LOCATIONS],
    found: &mut Outcome,
    allowed: &mut BTreeSet<Outcome>,
) {
    if at.iter().zip(program).all(|(&at, steps)| at == steps.len()) {
        allowed.insert(found.clone());
    }
    for thread in 0..program.len() {
        let Some(&(place, step)) = program[thread].get(at[thread]) else { continue };
        let (before, mut after) = (memory[place], memory);
        let (looks, value) = match step {
            Step::Load => (true, before),
            Step::Store(value) => (false, value),
            Step::Add(value) => (true, before + value),
            Step::Exchange(from, to) => (true, if before == from { to } else { before }),
        };
        after[place] = value;
        at[thread] += 1;
        found[thread].push(if looks { before } else { 9 });
        interleave(program, at, after, found, allowed);
        found[thread].pop();
        at[thread] -= 1;
    }
}

/// An atomic of the door or of loom.
trait Location: Send + Sync + 'static {
    fn zero() -> Self;
    fn run(&self, step: Step) -> usize;
}

macro_rules! location {
    ($atomic:ty) => {
        impl Location for $atomic {
            fn zero() -> Self {
                Self::new(0)
            }

            fn run(&self, step: Step) -> usize {
                // ORDERING: Relaxed: what is asked is which orders are tried, not what they publish.
                use door::Ordering::Relaxed;
                match step {
                    Step::Load => self.load(Relaxed),
                    Step::Store(value) => {
                        self.store(value, Relaxed);
                        9
                    }
                    Step::Add(value) => self.fetch_add(value, Relaxed),
                    Step::Exchange(from, to) => {
                        self.compare_exchange(from, to, Relaxed, Relaxed).unwrap_or_else(|found| found)
                    }
                }
            }
        }
    };
}

location!(door::AtomicUsize);
location!(bare::AtomicUsize);

/// Every outcome of the program in every schedule that loom tries.
fn explore<L: Location>(program: &Program) -> BTreeSet<Outcome> {
    let reached = Arc::new(Mutex::new(BTreeSet::new()));
    let (program, seen) = (program.clone(), reached.clone());
    loom::model(move || {
        let memory: Arc<[L; LOCATIONS]> = Arc::new(std::array::from_fn(|_| L::zero()));
        let run = |steps: Vec<(usize, Step)>| {
            let memory = memory.clone();
            move || steps.into_iter().map(|(place, step)| memory[place].run(step)).collect::<Vec<_>>()
        };
        let others: Vec<_> = program[1..].iter().cloned().map(|steps| thread::spawn(run(steps))).collect();
        let mut outcome = vec![run(program[0].clone())()];
        outcome.extend(others.into_iter().map(|thread| thread.join().expect("no step panics")));
        seen.lock().unwrap_or_else(PoisonError::into_inner).insert(outcome);
    });
    let reached = reached.lock().unwrap_or_else(PoisonError::into_inner);
    reached.clone()
}
