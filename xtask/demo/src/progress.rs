//! How far the demo is: a bar on a terminal, plain lines elsewhere.

use indicatif::{ProgressBar, ProgressStyle};
use std::io::IsTerminal;

/// The progress of one run.
#[derive(Debug)]
pub(crate) struct Progress {
    bar: Option<ProgressBar>,
    total: usize,
    tenths_told: usize,
}

impl Progress {
    pub(crate) fn new(total: usize) -> Self {
        let bar = std::io::stderr().is_terminal().then(|| {
            let style = "{bar:32.cyan/blue} {pos}/{len} pictures  {per_sec}  {wide_msg}";
            let bar = ProgressBar::new(total as u64);
            bar.set_style(ProgressStyle::with_template(style).expect("the template is right"));
            bar
        });
        Self { bar, total, tenths_told: 0 }
    }

    /// So many pictures have come to their end.
    pub(crate) fn reach(&mut self, finished: usize) {
        match &self.bar {
            Some(bar) => bar.set_position(finished as u64),
            None => {
                let tenths = finished * 10 / self.total;
                if tenths > self.tenths_told {
                    self.tenths_told = tenths;
                    println!("{finished} of {} pictures", self.total);
                }
            }
        }
    }

    /// Something worth a line of its own happened.
    pub(crate) fn tell(&self, line: &str) {
        match &self.bar {
            Some(bar) => bar.println(line),
            None => println!("{line}"),
        }
    }

    pub(crate) fn end(self) {
        if let Some(bar) = self.bar {
            bar.finish_and_clear();
        }
    }
}
