//! How far a run is: a bar with the time that is left on a terminal, plain lines elsewhere.

use indicatif::{ProgressBar, ProgressStyle};
use std::io::IsTerminal;

#[derive(Debug)]
pub(crate) struct Progress {
    bar: Option<ProgressBar>,
    done: u64,
    whole: u64,
    tenths_told: u64,
}

impl Progress {
    /// Of a run that is so much work, in any unit.
    pub(crate) fn new(whole: u64) -> Self {
        let bar = std::io::stderr().is_terminal().then(|| {
            let bar = ProgressBar::new(whole);
            bar.set_style(style("{bar:32.cyan/blue} {percent}%  {wide_msg}"));
            bar
        });
        Self { bar, done: 0, whole: whole.max(1), tenths_told: 0 }
    }

    pub(crate) fn begin(&self, what: String) {
        self.bar.iter().for_each(|bar| bar.set_message(what.clone()));
    }

    pub(crate) fn step(&mut self, work: u64) {
        if self.done == 0 {
            // Before something is done nobody knows how long the rest takes.
            self.bar
                .iter()
                .for_each(|bar| bar.set_style(style("{bar:32.cyan/blue} {percent}%  {eta} left  {wide_msg}")));
        }
        self.done += work;
        let tenths = self.done * 10 / self.whole;
        match &self.bar {
            Some(bar) => bar.set_position(self.done),
            None if tenths > self.tenths_told => {
                self.tenths_told = tenths;
                eprintln!("{} % measured", tenths * 10);
            }
            None => {}
        }
    }

    /// Something worth a line of its own happened.
    pub(crate) fn tell(&self, line: &str) {
        match &self.bar {
            Some(bar) => bar.println(line),
            None => eprintln!("{line}"),
        }
    }
}

fn style(template: &str) -> ProgressStyle {
    ProgressStyle::with_template(template).expect("the template is right")
}

impl Drop for Progress {
    fn drop(&mut self) {
        self.bar.iter().for_each(ProgressBar::finish_and_clear);
    }
}
