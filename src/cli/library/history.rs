//! `undertone library history` and `heard`.

use super::super::{clock, duration};
use super::{
    Talk, cannot,
    table::{cut, local, table},
};
use clap::Args;
use jiff::{Timestamp, ToSpan, Zoned, civil::Date, tz::TimeZone};
use serde_json::{Value, json};
use std::{collections::BTreeMap, process::ExitCode, time::Duration};
use undertone::{
    error::Error,
    library::{Heard, Library, Played, shown},
    session::Watch,
};

#[derive(Debug, Args)]
pub(super) struct History {
    /// Only this session
    name: Option<String>,
    /// Show the last so many
    #[arg(long, value_name = "N", default_value_t = 20)]
    limit: usize,
    /// Print it as JSON
    #[arg(long)]
    json: bool,
}

impl History {
    pub(super) fn run(self, library: &Library, talk: &Talk) -> Result<ExitCode, Error> {
        let (mut all, wrong) = library.history()?;
        if !wrong.is_empty() {
            talk.warn("a part of the history cannot be read; undertone library check says which");
        }
        if let Some(name) = &self.name {
            let id = library.entry(&library.resolve(name)?)?.about.id;
            all.retain(|heard| heard.id == id);
        }
        all.sort_by_key(|heard| heard.at);
        let zone = TimeZone::system();
        let today = Zoned::now().date();
        let mut days: BTreeMap<Date, f64> = BTreeMap::new();
        for heard in &all {
            *days.entry(heard.at.to_zoned(zone.clone()).date()).or_default() += heard.heard;
        }
        let latest = &all[all.len().saturating_sub(self.limit)..];
        if self.json {
            let sessions: Vec<Value> = latest.iter().rev().map(|heard| json!(heard)).collect();
            let week: Vec<Value> = week(today)
                .map(|day| json!({ "day": day.to_string(), "seconds": days.get(&day).copied().unwrap_or(0.0) }))
                .collect();
            let value = json!({ "heard": sessions, "week": week, "days_in_a_row": row_of_days(&days, today) });
            Talk::result(&format!("{value:#}"))?;
            return Ok(ExitCode::SUCCESS);
        }
        if latest.is_empty() {
            talk.summary("nothing was heard yet");
            return Ok(ExitCode::SUCCESS);
        }
        let rows: Vec<Vec<String>> = latest
            .iter()
            .rev()
            .map(|heard| vec![local(heard.at), cut(&shown(&heard.title), 48), how_far(heard)])
            .collect();
        let mut out = table(&rows, &[]);
        if self.name.is_none() {
            out.push_str("\n\n");
            out.push_str(&glance(&days, today));
        }
        Talk::result(&out)?;
        Ok(ExitCode::SUCCESS)
    }
}

fn how_far(heard: &Heard) -> String {
    let time = |seconds: f64| clock(Duration::try_from_secs_f64(seconds).unwrap_or_default());
    if heard.finished { "to the end".to_owned() } else { format!("{} of {}", time(heard.position), time(heard.length)) }
}

/// The last seven days, today at the end.
fn week(today: Date) -> impl Iterator<Item = Date> {
    (0..7).rev().map(move |back: i32| today.saturating_sub(back.days()))
}

/// Days in a row on which something was heard, up to today, or yesterday as long as today has not ended.
fn row_of_days(days: &BTreeMap<Date, f64>, today: Date) -> usize {
    let begin = i32::from(!days.contains_key(&today));
    (begin..i32::MAX).take_while(|back| days.contains_key(&today.saturating_sub(back.days()))).count()
}

/// A week as a row of days. A row that was broken is not mentioned.
fn glance(days: &BTreeMap<Date, f64>, today: Date) -> String {
    let of = |day: &Date| days.get(day).copied();
    let names = week(today).map(|day| day.strftime("%a").to_string()).collect();
    let marks = week(today).map(|day| if of(&day).is_some() { " ●" } else { " ·" }.to_owned()).collect();
    let minutes =
        week(today).map(|day| of(&day).map_or(String::new(), |s| format!("{:.0}m", (s / 60.0).max(1.0)))).collect();
    let row = match row_of_days(days, today) {
        0 | 1 => String::new(),
        count => format!("\n\n{count} days in a row"),
    };
    format!("{}{row}", table(&[names, marks, minutes], &[]))
}

#[derive(Debug, Args)]
pub(super) struct HeardElsewhere {
    /// The session
    name: String,
    /// How far; to its end when absent
    #[arg(long, value_name = "D", value_parser = duration)]
    to: Option<Duration>,
    /// When it was begun: 2026-11-22T21:30 where you are, or with a time zone; when absent, so that it ends now
    #[arg(long, value_name = "TIME", value_parser = time)]
    at: Option<Timestamp>,
}

fn time(text: &str) -> Result<Timestamp, String> {
    let local = || text.parse::<jiff::civil::DateTime>().ok()?.to_zoned(TimeZone::system()).ok();
    let time = text.parse().ok().or_else(|| Some(local()?.timestamp()));
    let time = time.ok_or_else(|| "not a time; write 2026-11-22T21:30".to_owned())?;
    if time > Timestamp::now() { Err("this is still to come".to_owned()) } else { Ok(time) }
}

impl HeardElsewhere {
    pub(super) fn run(self, library: &Library, talk: &Talk) -> Result<ExitCode, Error> {
        let entry = library.entry(&library.resolve(&self.name)?)?;
        let length = entry.about.length;
        if let Some(to) = self.to.filter(|to| *to > length) {
            return Err(cannot(format!(
                "{} is {} long, and {} is beyond its end",
                entry.slug,
                clock(length),
                clock(to)
            )));
        }
        let position = self.to.unwrap_or(length);
        let started =
            self.at.unwrap_or_else(|| Timestamp::now().saturating_sub(position).unwrap_or_else(|_| Timestamp::now()));
        let finished = position == length;
        library.record(&entry, &Played { started, position, heard: position, finished })?;
        talk.summary(&format!(
            "{}: heard {}",
            entry.slug,
            if finished { "to the end".to_owned() } else { format!("to {}", clock(position)) }
        ));
        Ok(ExitCode::SUCCESS)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn days(dates: &[&str]) -> BTreeMap<Date, f64> {
        dates.iter().map(|date| (date.parse().unwrap(), 600.0)).collect()
    }

    #[test]
    fn days_in_a_row_end_today_or_yesterday() {
        let today = "2026-11-23".parse().unwrap();
        assert_eq!(row_of_days(&days(&["2026-11-21", "2026-11-22", "2026-11-23"]), today), 3);
        assert_eq!(row_of_days(&days(&["2026-11-21", "2026-11-22"]), today), 2);
        assert_eq!(row_of_days(&days(&["2026-11-20", "2026-11-21"]), today), 0);
    }

    #[test]
    fn a_week_is_a_row_of_days_and_a_broken_row_is_not_mentioned() {
        let today = "2026-11-23".parse().unwrap();
        let shown = glance(&days(&["2026-11-19", "2026-11-22", "2026-11-23"]), today);
        assert_eq!(
            shown,
            "Tue  Wed  Thu  Fri  Sat  Sun  Mon\n ·    ·    ●    ·    ·    ●    ●\n          10m            10m  10m\n\n2 days in a row"
        );
        assert!(!glance(&days(&["2026-11-19"]), today).contains("row"));
    }
}
