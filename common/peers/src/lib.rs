//! The primitives of `common` beside those that others would use instead.
//!
//! A figure alone says more about the machine than about the code, and two figures that were taken one after the other
//! say more about what else the machine did. So a [`Question`] has contenders, and [`measure`] lets all of them take
//! turns in random order, on one core, our own among them twice: what two runs of the same code differ by is what cannot
//! be resolved. The program prints the answers as tables; the benches hand the same questions to criterion.
//!
//! To add a primitive: a module with its `questions`, a line in [`all`], and a bench of three lines.
//!
//! | module | what |
//! |---|---|
//! | [`contender`] | one way to do what a question asks |
//! | [`question`] | contenders, and what they have to agree on |
//! | [`measure`] | the turns, and what comes out of them |
//! | [`estimate`] | medians, ratios and their intervals |
//! | [`table`] | the answers, for a terminal and for a README |
//! | [`partner`] | the other thread, for questions that need two |
//! | [`affinity`] | which core a thread runs on |
//! | [`allocation`] | how often the heap is asked |
//! | [`park`], [`wait`], [`slot`], [`latch`], [`lifecycle`], [`semaphore`], [`backoff`] | the questions |

pub mod affinity;
pub mod allocation;
pub mod backoff;
pub mod contender;
pub mod estimate;
pub mod latch;
pub mod lifecycle;
pub mod measure;
pub mod park;
pub mod partner;
pub mod question;
pub mod semaphore;
pub mod slot;
pub mod table;
pub mod wait;

pub use contender::Contender;
pub use question::Question;

/// Every question, in the order of the report.
pub fn all() -> Vec<Question> {
    let questions = [
        park::questions(),
        wait::questions(),
        slot::questions(),
        latch::questions(),
        lifecycle::questions(),
        semaphore::questions(),
        backoff::questions(),
    ];
    questions.into_iter().flatten().collect()
}
