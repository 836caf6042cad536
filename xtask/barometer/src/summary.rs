//! What can be said of the records of a scenario.

mod tail;

use crate::estimate::{Ratio, Samples, median};
use crate::placement::Placement;
use crate::record::Record;
use crate::scenario::Scenario;
use std::collections::BTreeMap;

pub use tail::Tail;

/// A scenario in one placement.
#[derive(Clone, Debug)]
pub struct Table {
    /// Where the threads ran.
    pub placement: Placement,
    /// What the second turn of ours costs as a multiple of the first.
    pub noise: Ratio,
    /// How many processes measured.
    pub launches: usize,
    /// Ours first, then the others in the order of the scenario, then the floor.
    pub rows: Vec<Row>,
}

/// A contender.
#[derive(Clone, Debug)]
pub struct Row {
    /// Who it is.
    pub contender: String,
    /// What part it has.
    pub part: Part,
    /// Median of the nanoseconds of one operation.
    pub each: f64,
    /// What it costs as a multiple of ours; 1 for ours.
    pub ratio: Ratio,
    /// Median of the CPU nanoseconds of one operation.
    pub cpu: f64,
    /// Median of the context switches of one operation.
    pub switches: f64,
    /// The most memory that came into use, in KiB.
    pub peak: u64,
    /// The floor's time in percent of this one's.
    pub floor_percent: Option<f64>,
    /// The least ratio that we allow ourselves, and whether it is kept.
    pub bound: Option<(f64, Kept)>,
}

/// What part a contender has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Part {
    /// It is ours.
    Ours,
    /// It is another part of ours, and no peer.
    Sibling,
    /// Ours is faster.
    Slower,
    /// Ours is slower.
    Faster,
    /// The interval reaches into what the two turns of ours differ by.
    NotResolvable,
    /// What nobody can do without.
    Floor,
}

/// Whether a bound is kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kept {
    /// The whole interval says so, made wider by what the two turns of ours differ by.
    Yes,
    /// Neither.
    Open,
    /// The whole interval says no, made wider in the same way.
    No,
}

impl Table {
    /// One table a placement, in the order of the scenario; none for a placement without records.
    ///
    /// # Panics
    ///
    /// Panics if the records are not [complete](crate::completeness).
    pub fn of(scenario: &Scenario, records: &[Record]) -> Vec<Self> {
        let placements = scenario.placements.iter();
        placements.filter_map(|placement| Self::at(scenario, *placement, records)).collect()
    }

    fn at(scenario: &Scenario, placement: Placement, records: &[Record]) -> Option<Self> {
        let turns = |name: &str, again: bool| {
            let is_of =
                |record: &&Record| record.placement == placement && record.contender == name && record.again == again;
            Some(records.iter().filter(is_of).collect::<Vec<_>>()).filter(|records| !records.is_empty())
        };
        let ours = &scenario.contenders[0];
        let (first, again) = (turns(ours, false)?, turns(ours, true)?);
        let floor = scenario.floor.and_then(|floor| turns(floor.name(), false));
        let context = Context {
            scenario,
            noise: Ratio::estimate(&by_launch(&again), &by_launch(&first)),
            ours: by_launch(&first),
            floor: floor.map(|records| median(&mut by_launch(&records).concat())),
        };
        let rows = scenario.names().filter_map(|name| Some(context.row(name, &turns(name, false)?))).collect();
        Some(Self { placement, noise: context.noise, launches: context.ours.len(), rows })
    }

    /// The peers that are faster than ours.
    pub fn losses(&self) -> impl Iterator<Item = &Row> {
        self.rows.iter().filter(|row| row.part == Part::Faster)
    }
}

/// What a row is seen against.
struct Context<'a> {
    scenario: &'a Scenario,
    noise: Ratio,
    ours: Samples,
    floor: Option<f64>,
}

impl Context<'_> {
    fn row(&self, name: &str, records: &[&Record]) -> Row {
        let samples = by_launch(records);
        let ratio = Ratio::estimate(&samples, &self.ours);
        let each = median(&mut samples.concat());
        let median_of =
            |value: fn(&Record) -> f64| median(&mut records.iter().map(|record| value(record)).collect::<Vec<_>>());
        Row {
            contender: name.to_owned(),
            part: self.part(name, ratio),
            each,
            ratio,
            cpu: median_of(Record::cpu_each),
            switches: median_of(|record| record.switches as f64 / record.operations as f64),
            peak: records.iter().map(|record| record.peak).max().unwrap_or(0),
            floor_percent: self.floor.map(|floor| 100.0 * floor / each),
            bound: self.scenario.bounds.get(name).map(|bound| (*bound, kept(ratio, *bound, self.noise.reach()))),
        }
    }

    fn part(&self, name: &str, ratio: Ratio) -> Part {
        let reach = self.noise.reach();
        if name == self.scenario.contenders[0] {
            Part::Ours
        } else if self.scenario.is_ours(name) {
            Part::Sibling
        } else if self.scenario.floor.is_some_and(|floor| floor.name() == name) {
            Part::Floor
        } else if ratio.low <= 1.0 + reach && ratio.high >= 1.0 - reach {
            Part::NotResolvable
        } else if ratio.value > 1.0 {
            Part::Slower
        } else {
            Part::Faster
        }
    }
}

/// What ours differs by from itself resolves nothing about a bound either.
fn kept(ratio: Ratio, bound: f64, reach: f64) -> Kept {
    if ratio.low - reach >= bound {
        Kept::Yes
    } else if ratio.high + reach < bound {
        Kept::No
    } else {
        Kept::Open
    }
}

/// The nanoseconds of one operation, in the order of launches and rounds whatever that of the records is.
fn by_launch(records: &[&Record]) -> Samples {
    let mut launches = BTreeMap::<u32, BTreeMap<u32, f64>>::new();
    for record in records {
        launches.entry(record.launch).or_default().insert(record.round, record.each());
    }
    launches.into_values().map(|rounds| rounds.into_values().collect()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scenario::Scenarios;

    const SCENARIO: &str = "[[scenario]]\nname = \"a\"\nasks = \"?\"\nplacements = [\"apart\", \"free\"]\n\
        contenders = [\"ours\", \"ours: b\", \"slow\", \"fast\", \"like\", \"gone\"]\nfloor = \"park\"\n\
        bounds = { slow = 1.5, fast = 0.9, like = 1.0 }";

    fn tables() -> Vec<Table> {
        let scenarios = Scenarios::parse(SCENARIO).unwrap();
        let mut records = Vec::new();
        for launch in 0..3 {
            for round in 0..30 {
                let mut add = |contender: &str, again, nanoseconds| {
                    let nanoseconds = nanoseconds + u64::from(round % 5);
                    records.push(Record {
                        placement: Placement::Apart,
                        launch,
                        round,
                        contender: contender.to_owned(),
                        again,
                        operations: 10,
                        nanoseconds,
                        cpu: nanoseconds,
                        switches: 5,
                        peak: u64::from(round),
                    });
                };
                add("ours", false, 1_000);
                add("ours", true, 1_010);
                add("ours: b", false, 700);
                add("slow", false, 2_000);
                add("fast", false, 800);
                add("like", false, 1_005);
                add("park", false, 500);
            }
        }
        Table::of(&scenarios.list[0], &records)
    }

    #[test]
    fn a_placement_without_records_has_no_table() {
        let tables = tables();
        assert_eq!(tables.iter().map(|table| table.placement).collect::<Vec<_>>(), [Placement::Apart]);
    }

    #[test]
    fn who_differs_less_than_ours_from_itself_is_not_resolvable() {
        let table = tables().remove(0);
        let parts: Vec<_> = table.rows.iter().map(|row| (row.contender.as_str(), row.part)).collect();
        let expected = [
            ("ours", Part::Ours),
            ("ours: b", Part::Sibling),
            ("slow", Part::Slower),
            ("fast", Part::Faster),
            ("like", Part::NotResolvable),
            ("park", Part::Floor),
        ];
        assert_eq!(parts, expected);
        assert_eq!(table.losses().map(|row| row.contender.as_str()).collect::<Vec<_>>(), ["fast"]);
    }

    #[test]
    fn another_part_of_ours_is_no_peer_however_fast_it_is() {
        let table = tables().remove(0);
        let sibling = &table.rows[1];
        assert!(sibling.part == Part::Sibling && sibling.ratio.high < 0.8, "{sibling:?}");
        assert!(table.losses().all(|row| row.contender != sibling.contender));
    }

    #[test]
    fn a_row_says_what_was_measured() {
        let table = tables().remove(0);
        let slow = &table.rows[2];
        assert!((slow.each - 200.2).abs() < 0.01 && (slow.ratio.value - 2.0).abs() < 0.01, "{slow:?}");
        assert!((slow.floor_percent.unwrap() - 25.0).abs() < 0.1, "{slow:?}");
        assert_eq!((slow.switches, slow.peak), (0.5, 29));
    }

    #[test]
    fn a_bound_is_kept_if_the_whole_interval_is_above_by_more_than_the_noise() {
        let table = tables().remove(0);
        let bounds: Vec<_> = table.rows.iter().map(|row| row.bound.map(|(_, kept)| kept)).collect();
        assert_eq!(bounds, [None, None, Some(Kept::Yes), Some(Kept::No), Some(Kept::Open), None]);
        let kept = |reach| kept(Ratio { value: 1.0, low: 0.95, high: 1.05 }, 0.9, reach);
        assert_eq!([kept(0.04), kept(0.06)], [Kept::Yes, Kept::Open]);
    }
}
