//! The job queue on real files.

mod add;
mod history;
mod open;
mod run;
mod stop;
mod trouble;
