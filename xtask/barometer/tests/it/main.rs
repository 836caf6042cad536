//! Whole runs of the driver, with scripts in the place of the `peers` programs.

mod fake;
mod run;
