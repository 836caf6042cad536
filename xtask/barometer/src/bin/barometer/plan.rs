//! The plan of a run: which scenarios, where their threads run, how often, and in which order.

use crate::args::Bench;
use crate::workspace::Measured;
use anyhow::{Result, ensure};
use barometer::{Placement, Scenario};

/// A step of the plan: one process, for one scenario in one placement.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Step<'a> {
    pub(crate) crate_name: &'a str,
    pub(crate) scenario: &'a Scenario,
    pub(crate) placement: Placement,
    /// Which one of that scenario in that placement, from 0.
    pub(crate) launch: u32,
}

impl Step<'_> {
    /// About how long it takes, in milliseconds, to know how much of a run is left.
    pub(crate) fn weight(&self, rounds: u32) -> u64 {
        let turns = self.scenario.contenders.len() as u64 + 2;
        match &self.scenario.latency {
            Some(load) => (turns - 1) * load.percent.len() as u64 * (load.seconds * 1e3) as u64,
            // Finding out how many operations make a sample takes about two more.
            None => turns * (u64::from(rounds) + 2) * self.scenario.sample_ms * 3 / 2,
        }
    }
}

/// The scenarios that the words select, crate by crate.
pub(crate) fn scenarios<'a>(all: &'a [Measured], words: &Bench) -> Result<Vec<(&'a str, &'a Scenario)>> {
    let names = || all.iter().map(|it| it.name.as_str()).collect::<Vec<_>>().join(", ");
    if let Some(name) = &words.crate_name {
        ensure!(all.iter().any(|it| it.name == *name), "no crate `{name}` has peers; those that do are {}", names());
    }
    let of_crate = |it: &&Measured| words.crate_name.as_ref().is_none_or(|name| it.name == *name);
    let pairs =
        all.iter().filter(of_crate).flat_map(|it| it.scenarios.list.iter().map(|scenario| (&*it.name, scenario)));
    let pairs: Vec<_> = pairs.collect();
    let word = words.scenario.as_deref().unwrap_or_default();
    let selected: Vec<_> = pairs.iter().copied().filter(|(_, scenario)| scenario.name.contains(word)).collect();
    let known = || pairs.iter().map(|(_, scenario)| scenario.name.as_str()).collect::<Vec<_>>().join(", ");
    ensure!(!selected.is_empty(), "no scenario has `{word}` in its name; there are {}", known());
    Ok(selected)
}

/// All steps, those of the same launch together: so those of one scenario are spread over the whole run, and what
/// disturbs the machine for a minute disturbs one of them.
pub(crate) fn steps<'a>(scenarios: &[(&'a str, &'a Scenario)], launches: u32) -> Vec<Step<'a>> {
    let one = |launch: u32| {
        scenarios.iter().flat_map(move |&(crate_name, scenario)| {
            let at = move |&placement| Step { crate_name, scenario, placement, launch };
            scenario.placements.iter().map(at)
        })
    };
    (0..launches).flat_map(one).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use barometer::scenario::Scenarios;

    fn measured() -> Vec<Measured> {
        let text = "[[scenario]]\nname = \"slot-alone\"\nasks = \"?\"\ncontenders = [\"ours\", \"std\"]\n\
                    placements = [\"apart\", \"together\"]\n\
                    [[scenario]]\nname = \"park\"\nasks = \"?\"\ncontenders = [\"ours\", \"std\"]";
        vec![Measured { name: "common".to_owned(), scenarios: Scenarios::parse(text).unwrap() }]
    }

    fn words(crate_name: Option<&str>, scenario: Option<&str>) -> Bench {
        let owned = |word: Option<&str>| word.map(ToOwned::to_owned);
        Bench { crate_name: owned(crate_name), scenario: owned(scenario), ..Bench::default() }
    }

    #[test]
    fn scenarios_are_selected_by_a_part_of_their_name() {
        let all = measured();
        let selected = scenarios(&all, &words(Some("common"), Some("slot"))).unwrap();
        assert_eq!(selected.iter().map(|(_, scenario)| scenario.name.as_str()).collect::<Vec<_>>(), ["slot-alone"]);
        let error = |crate_name, scenario| scenarios(&all, &words(crate_name, scenario)).unwrap_err().to_string();
        assert!(error(Some("comon"), None).ends_with("those that do are common"));
        assert!(error(None, Some("ring")).ends_with("there are slot-alone, park"));
    }

    #[test]
    fn the_processes_of_a_scenario_are_spread_over_the_run() {
        let all = measured();
        let selected = scenarios(&all, &words(None, None)).unwrap();
        let steps = steps(&selected, 2);
        let order: Vec<_> =
            steps.iter().map(|it| (it.launch, it.scenario.name.as_str(), it.placement.to_string())).collect();
        let (slot, park) = ("slot-alone", "park");
        let of = |number| {
            [
                (number, slot, "apart".to_owned()),
                (number, slot, "together".to_owned()),
                (number, park, "free".to_owned()),
            ]
        };
        assert_eq!(order, [of(0), of(1)].concat());
    }
}
