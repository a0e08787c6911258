//! `undertone library list`, `search` and `show`.

use super::super::clock;
use super::{
    Talk, cannot,
    table::{cut, is_bold, local, table},
};
use clap::{Args, ValueEnum};
use jiff::Timestamp;
use serde_json::{Value, json};
use std::{collections::HashMap, fmt::Write as _, process::ExitCode};
use undertone::{
    error::Error,
    library::{Damaged, Entry, Hit, Library, shown},
};

/// Which sessions are meant.
#[derive(Debug, Args)]
pub(super) struct Filter {
    /// Only sessions with this tag; several times for several tags, all of which must be there
    #[arg(long, value_name = "TAG")]
    tag: Vec<String>,
    /// Only sessions of this category
    #[arg(long, value_name = "NAME")]
    category: Option<String>,
    /// Only favourites
    #[arg(long)]
    favourite: bool,
    /// Only sessions that were never heard
    #[arg(long)]
    unheard: bool,
}

/// When sessions were heard last, and whether to their end, by id.
type LastHeard = HashMap<String, (Timestamp, bool)>;

impl Filter {
    fn keeps(&self, entry: &Entry, heard: &LastHeard) -> bool {
        let about = &entry.about;
        let same = |a: &str, b: &str| a.to_lowercase() == b.to_lowercase();
        self.tag.iter().all(|tag| about.tags.iter().any(|known| same(known, tag)))
            && self.category.as_ref().is_none_or(|name| about.category.as_ref().is_some_and(|known| same(known, name)))
            && (!self.favourite || about.favourite)
            && (!self.unheard || !heard.contains_key(&about.id))
    }
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum Sort {
    /// The newest first
    Created,
    /// By title
    Title,
    /// The shortest first
    Length,
    /// The one that was heard last first
    Heard,
    /// By category
    Category,
}

#[derive(Debug, Args)]
pub(super) struct List {
    #[command(flatten)]
    filter: Filter,
    /// In which order
    #[arg(long, value_name = "BY", default_value = "created")]
    sort: Sort,
    /// The other way round
    #[arg(long)]
    reverse: bool,
    /// Print it as JSON
    #[arg(long)]
    json: bool,
}

impl List {
    pub(super) fn run(self, library: &Library, talk: &Talk) -> Result<ExitCode, Error> {
        let listing = library.entries()?;
        let heard = library.last_heard()?;
        let mut entries = listing.entries;
        let any = !entries.is_empty();
        entries.retain(|entry| self.filter.keeps(entry, &heard));
        let last = |entry: &Entry| heard.get(&entry.about.id).map(|(at, _)| *at);
        match self.sort {
            Sort::Created => {}
            Sort::Title => entries.sort_by_cached_key(|entry| entry.about.title.to_lowercase()),
            Sort::Length => entries.sort_by_key(|entry| entry.about.length),
            Sort::Heard => entries.sort_by_key(|entry| std::cmp::Reverse(last(entry))),
            Sort::Category => entries.sort_by_cached_key(|entry| entry.about.category.clone()),
        }
        if self.reverse {
            entries.reverse();
        }
        let numbered = library.keep_order(&entries.iter().map(|entry| entry.slug.as_str()).collect::<Vec<_>>());
        if self.json {
            let sessions: Vec<Value> =
                entries.iter().zip(1..).map(|(entry, n)| described(entry, numbered.then_some(n), &heard)).collect();
            let damaged: Vec<Value> =
                listing.damaged.iter().map(|d| json!({ "slug": d.slug, "reason": d.reason })).collect();
            Talk::result(&format!("{:#}", json!({ "sessions": sessions, "damaged": damaged })))?;
        } else if entries.is_empty() {
            talk.summary(if any {
                "no session fits"
            } else {
                "no sessions; add one with \"undertone library add SCRIPT\""
            });
        } else {
            let mut rows = vec![
                ["#", "", "title", "category", "length", "last heard", "tags", "name"].map(str::to_owned).to_vec(),
            ];
            rows.extend(entries.iter().zip(1..).map(|(entry, n)| row(entry, numbered.then_some(n), &heard)));
            Talk::result(&table(&rows, &[0, 4]))?;
        }
        told(&listing.damaged, talk);
        // Nothing follows: to give back the memory of thousands of sessions, piece by piece, takes longer than to write them.
        std::mem::forget(entries);
        Ok(ExitCode::SUCCESS)
    }
}

/// Names sessions that cannot be listed.
fn told(damaged: &[Damaged], talk: &Talk) {
    use undertone::session::Watch;
    for Damaged { slug, reason } in damaged {
        talk.warn(&format!("the session {} is damaged: {reason}", shown(slug)));
    }
}

/// The number of a session, if it is a name of it.
fn shown_number(number: Option<usize>) -> String {
    number.map_or_else(String::new, |number| number.to_string())
}

fn row(entry: &Entry, number: Option<usize>, heard: &LastHeard) -> Vec<String> {
    let about = &entry.about;
    let star = if about.favourite { "★" } else { "" };
    let last = match heard.get(&about.id) {
        Some((at, true)) => local(*at),
        Some((at, false)) => format!("{}, in part", local(*at)),
        None => "not yet".to_owned(),
    };
    vec![
        shown_number(number),
        star.to_owned(),
        cut(&shown(&about.title), 44),
        cut(&shown(about.category.as_deref().unwrap_or("")), 16),
        clock(about.length),
        last,
        cut(&shown(&about.tags.join(", ")), 32),
        shown(&entry.slug),
    ]
}

fn described(entry: &Entry, number: Option<usize>, heard: &LastHeard) -> Value {
    let about = &entry.about;
    let last = heard.get(&about.id);
    json!({
        "index": number,
        "slug": entry.slug,
        "title": about.title,
        "category": about.category,
        "tags": about.tags,
        "favourite": about.favourite,
        "created": about.created,
        "rendered": about.rendered,
        "seconds": about.length.as_secs_f64(),
        "voice": about.voice,
        "heard": last.is_some(),
        "finished": last.is_some_and(|(_, finished)| *finished),
        "last_heard": last.map(|(at, _)| at),
        "folder": entry.folder,
        "audio": entry.audio(),
    })
}

#[derive(Debug, Args)]
pub(super) struct Search {
    /// Words that must all be there, or beginnings of words
    #[arg(required = true)]
    words: Vec<String>,
    #[command(flatten)]
    filter: Filter,
    /// Show at most so many
    #[arg(long, value_name = "N", default_value_t = 20)]
    limit: usize,
    /// Print it as JSON
    #[arg(long)]
    json: bool,
}

impl Search {
    pub(super) fn run(self, library: &Library, talk: &Talk) -> Result<ExitCode, Error> {
        let heard = library.last_heard()?;
        let words = self.words.join(" ");
        let (hits, count) = library.search(&words, |entry| self.filter.keeps(entry, &heard), self.limit)?;
        let numbered = library.keep_order(&hits.iter().map(|hit| hit.entry.slug.as_str()).collect::<Vec<_>>());
        if self.json {
            let hits: Vec<Value> = hits
                .iter()
                .zip(1..)
                .map(|(hit, number)| {
                    let mut value = described(&hit.entry, numbered.then_some(number), &heard);
                    value["score"] = hit.score.into();
                    value["sentence"] = hit.sentence.clone().into();
                    value["marks"] = hit.marks.iter().map(|mark| json!([mark.start, mark.end])).collect();
                    value
                })
                .collect();
            Talk::result(&format!("{:#}", json!({ "found": count, "sessions": hits })))?;
            return Ok(ExitCode::SUCCESS);
        }
        if count == 0 {
            talk.summary(&format!("nothing has \"{}\" in it", shown(&words)));
            return Ok(ExitCode::FAILURE);
        }
        let bold = is_bold();
        let mut out = String::new();
        for (hit, number) in hits.iter().zip(1..) {
            let number = shown_number(numbered.then_some(number));
            let about = &hit.entry.about;
            let _ = writeln!(
                out,
                "{number:>3}  {}  {}  ({})",
                shown(&about.title),
                clock(about.length),
                shown(&hit.entry.slug)
            );
            if let Some(sentence) = told_sentence(hit, bold) {
                let _ = writeln!(out, "     {sentence}");
            }
        }
        Talk::result(out.trim_end())?;
        if count > hits.len() {
            talk.summary(&format!("and {} more; see them with --limit {count}", count - hits.len()));
        }
        Ok(ExitCode::SUCCESS)
    }
}

/// The sentence, what was found in bold letters on a terminal and between signs elsewhere.
fn told_sentence(hit: &Hit, bold: bool) -> Option<String> {
    let sentence = hit.sentence.as_ref()?;
    let (open, close) = if bold { ("\x1b[1m", "\x1b[0m") } else { ("*", "*") };
    let mut out = String::new();
    let mut at = 0;
    for mark in &hit.marks {
        out += &shown(&sentence[at..mark.start]);
        let _ = write!(out, "{open}{}{close}", shown(&sentence[mark.clone()]));
        at = mark.end;
    }
    Some(out + &shown(&sentence[at..]))
}

#[derive(Debug, Args)]
pub(super) struct Show {
    /// The session
    name: String,
    /// Print its script
    #[arg(long)]
    script: bool,
    /// Print it as JSON
    #[arg(long, conflicts_with = "script")]
    json: bool,
}

impl Show {
    pub(super) fn run(self, library: &Library) -> Result<ExitCode, Error> {
        let entry = library.entry(&library.resolve(&self.name)?)?;
        let heard = library.last_heard()?;
        if self.script {
            let text = entry
                .script_text()
                .map_err(|error| cannot(format!("cannot read {}: {error}", entry.script().display())))?;
            Talk::bytes(text.as_bytes())?;
            return Ok(ExitCode::SUCCESS);
        }
        if self.json {
            let mut value = described(&entry, None, &heard);
            if let (Value::Object(all), Ok(Value::Object(about))) = (&mut value, serde_json::to_value(&entry.about)) {
                all.remove("index");
                for (key, known) in about {
                    all.entry(key).or_insert(known);
                }
            }
            Talk::result(&format!("{value:#}"))?;
            return Ok(ExitCode::SUCCESS);
        }
        let about = &entry.about;
        let mut rows: Vec<Vec<String>> = Vec::new();
        let mut row = |name: &str, what: String| {
            if !what.is_empty() {
                rows.push(vec![name.to_owned(), shown(&what)]);
            }
        };
        row("title", about.title.clone());
        row("name", entry.slug.clone());
        row("category", about.category.clone().unwrap_or_default());
        row("tags", about.tags.join(", "));
        row("favourite", if about.favourite { "yes".to_owned() } else { String::new() });
        row("length", clock(about.length));
        row("loudness", about.loudness.map(|lufs| format!("{lufs:.1} LUFS")).unwrap_or_default());
        row("voice", about.voice.clone());
        row("seed", about.seed.to_string());
        for (name, answer) in &about.answers {
            row("answer", format!("{name} = {answer}"));
        }
        row("created", local(about.created));
        if about.rendered != about.created {
            row("rendered", local(about.rendered));
        }
        row("heard", heard.get(&about.id).map_or("not yet".to_owned(), |(at, _)| local(*at)));
        if let Some(left) = library.last_position(&entry.slug)? {
            row("left at", clock(left));
        }
        for chapter in &about.chapters {
            row("chapter", format!("{:>8}  {}", clock(chapter.at), chapter.title));
        }
        row("folder", entry.folder.display().to_string());
        Talk::result(&table(&rows, &[]))?;
        Ok(ExitCode::SUCCESS)
    }
}
