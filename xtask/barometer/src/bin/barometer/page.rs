//! The page: one file for a browser, with nothing to load from elsewhere.

mod plot;

use crate::answer::Answer;
use crate::column::{self, TAIL_NOTE};
use crate::machine::Machine;
use crate::number::{time, times};
use crate::remark::noise;
use crate::run::Run;
use barometer::Placement;
use barometer::summary::{Part, Table, Tail};

const STYLE: &str = include_str!("page/style.css");

pub(crate) fn page(run: &Run) -> String {
    let crates: Vec<&str> = run.answers.iter().map(|answer| answer.crate_name.as_str()).collect();
    let mut names = crates.clone();
    names.dedup();
    let sections: String = names.iter().map(|name| section(name, run)).collect();
    let links: String = names.iter().map(|name| format!("<a href=\"#{name}\">{name}</a>")).collect();
    format!(
        "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n<title>Benchmarks</title>\n\
         <style>\n{STYLE}</style>\n</head>\n<body>\n<header>\n<h1>Benchmarks</h1>\n{}\n<nav>{links}</nav>\n</header>\n\
         <main>\n{}{sections}</main>\n</body>\n</html>\n",
        introduction(run),
        all_losses(run)
    )
}

fn introduction(run: &Run) -> String {
    let [slower, faster, same] = run.count([Part::Slower, Part::Faster, Part::NotResolvable]);
    format!(
        "<p class=\"lead\">Of {} peers’ results, <b>{slower}</b> are slower than ours, <b>{faster}</b> faster, and {same} not \
         resolvable.</p>\n<p>A bar is what a contender costs as a multiple of ours: to the right of the line, ours is faster. The thin \
         line in it is the 95 % interval, the grey band what ours differs by from itself; where the one reaches into the other, the \
         difference is not resolvable. A floor is what nobody can do without, and <i>floor %</i> its time in percent of a \
         contender’s. A <i>bound</i> is the least multiple that we allow ourselves. Contenders took turns, and each sample’s outcome \
         was checked.</p>",
        slower + faster + same
    )
}

/// What is lost stands before what is won.
fn all_losses(run: &Run) -> String {
    let mut items = String::new();
    for answer in &run.answers {
        let losses: Vec<String> = answer.losses().iter().map(|loss| escaped(&loss.to_string())).collect();
        if !losses.is_empty() {
            let (id, scenario) = (id(answer), escaped(&answer.scenario.name));
            items += &format!("<li><a href=\"#{id}\">{scenario}</a>: {}</li>\n", losses.join("<br>"));
        }
    }
    if items.is_empty() {
        return items;
    }
    format!("<section>\n<h2>Where ours loses, and why</h2>\n<ul class=\"losses\">\n{items}</ul>\n</section>\n")
}

fn section(crate_name: &str, run: &Run) -> String {
    let cards = run.answers.iter().filter(|answer| answer.crate_name == crate_name).map(card);
    let machine = run.machines.get(crate_name).map(machine).unwrap_or_default();
    format!("<section id=\"{crate_name}\">\n<h2>{crate_name}</h2>\n{}{machine}</section>\n", cards.collect::<String>())
}

fn card(answer: &Answer) -> String {
    let scenario = &answer.scenario;
    let mut html = format!(
        "<article id=\"{}\">\n<h3>{}</h3>\n<p>{}</p>\n",
        id(answer),
        escaped(&scenario.name),
        escaped(&scenario.asks)
    );
    for table in answer.tables() {
        html += &chart(&table, &scenario.unit);
        html += &no_floor(answer, Some(&table));
    }
    if !answer.latencies.is_empty() {
        html += &curves(answer);
        html += &no_floor(answer, None);
    }
    html + "</article>\n"
}

fn no_floor(answer: &Answer, table: Option<&Table>) -> String {
    answer
        .no_floor(table)
        .map(|why| format!("<p class=\"aside\">No floor: {}.</p>\n", escaped(&why)))
        .unwrap_or_default()
}

fn chart(table: &Table, unit: &str) -> String {
    let axis = plot::axis(table);
    let place = match table.placement {
        Placement::Apart => "threads on cores of their own",
        Placement::Together => "all threads on one core",
        Placement::Free => "threads wherever the kernel puts them",
    };
    let mut html = format!(
        "<figure>\n<figcaption>One {}, {place}</figcaption>\n<div class=\"axis\"><div>{}</div></div>\n",
        escaped(unit),
        plot::labels(axis)
    );
    for row in &table.rows {
        let multiple = if row.part == Part::Ours { String::new() } else { format!("{}×", times(row.ratio.value)) };
        let class = match row.part {
            Part::Ours => "row us",
            Part::Floor => "row ground",
            _ => "row",
        };
        let bar = plot::bar(row, table, axis);
        let (name, each) = (escaped(&row.contender), time(row.each));
        html += &format!(
            "<div class=\"{class}\"><span class=\"name\">{name}</span><span class=\"time\">{each}</span>{bar}\
             <span class=\"times\">{multiple}</span></div>\n"
        );
    }
    html + &details(table) + "</figure>\n"
}

fn details(table: &Table) -> String {
    let rows: Vec<_> = table.rows.iter().map(column::row).collect();
    let summary = format!("Figures; ours beside itself {}", noise(table));
    format!("<details><summary>{summary}</summary>\n{}</details>\n", figures(&column::ROW, &rows))
}

/// A table whose first column has no name.
fn figures<const N: usize>(head: &[&str], rows: &[[String; N]]) -> String {
    let head: String = head.iter().map(|name| format!("<th>{name}</th>")).collect();
    let row = |cells: &[String; N]| cells.iter().map(|cell| format!("<td>{}</td>", escaped(cell))).collect::<String>();
    let rows: String = rows.iter().map(|cells| format!("<tr>{}</tr>\n", row(cells))).collect();
    format!("<div class=\"wide\"><table>\n<tr><th></th>{head}</tr>\n{rows}</table></div>")
}

fn curves(answer: &Answer) -> String {
    let tails = answer.tails();
    let names = &answer.scenario.contenders;
    let mut loads: Vec<u64> = tails.iter().map(|tail| tail.load).collect();
    loads.sort_unstable();
    loads.dedup();
    let mut html = String::from("<p class=\"legend\">");
    for name in names.iter().filter(|name| tails.iter().any(|tail| tail.contender == **name)) {
        html += &format!("<span class=\"{}\">{}</span> ", plot::colour(name, names), escaped(name));
    }
    html += "</p>\n<div class=\"curves\">\n";
    for load in loads {
        let of_load: Vec<&Tail> = tails.iter().filter(|tail| tail.load == load).collect();
        let svg = plot::latencies(&of_load, names);
        html += &format!("<figure><figcaption>at {load} % of its own maximum</figcaption>{svg}</figure>\n");
    }
    let rows: Vec<_> = tails.iter().map(column::tail).collect();
    let figures = figures(&column::TAIL, &rows);
    html + &format!("</div>\n<details><summary>Figures</summary>\n{figures}{TAIL_NOTE}</details>\n")
}

fn machine(machine: &Machine) -> String {
    let absent =
        machine.absent.iter().map(|(name, why)| format!("<p>Left out: {}: {}.</p>", escaped(name), escaped(why)));
    format!(
        "<div class=\"machine\"><p>Measured on {} at {} by <code>{}</code>, on {} with {} cores, Linux {}, {}.</p><p>{}</p>{}</div>\n",
        escaped(&machine.date),
        escaped(&machine.commit),
        escaped(&machine.command),
        escaped(&machine.processor),
        machine.cores,
        escaped(&machine.kernel),
        escaped(&machine.compiler),
        escaped(&machine.contenders()),
        absent.collect::<String>()
    )
}

fn id(answer: &Answer) -> String {
    format!("{}-{}", answer.crate_name, answer.scenario.name)
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_no_markup() {
        assert_eq!(escaped("a<b> & \"c\""), "a&lt;b&gt; &amp; &quot;c&quot;");
    }
}
