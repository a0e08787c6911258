//! Front matter as YAML.

use super::duration_text;
use crate::{
    audio::Decibels,
    script::{BedSource, FrontMatter, LoopMode, Pronunciation},
};
use std::{fmt::Write as _, time::Duration};

/// The front matter with its dashes, or nothing when there is none.
pub(super) fn write(front: &FrontMatter) -> String {
    let mut lines: Vec<String> = Vec::new();
    let mut key = |name: &str, value: Option<String>| lines.extend(value.map(|value| format!("{name}: {value}")));
    key("title", front.title.as_deref().map(scalar));
    key("description", front.description.as_deref().map(scalar));
    key("author", front.author.as_deref().map(scalar));
    key("date", front.date.as_deref().map(scalar));
    key("category", front.category.map(|category| category.name().to_owned()));
    key("language", front.language.as_ref().map(|language| scalar(&language.value)));
    key("voice", front.voice.as_ref().map(|voice| scalar(&voice.value)));
    key("pace", front.pace.map(|pace| pace.to_string()));
    key("duration", front.duration.as_ref().map(|duration| duration_text(duration.value)));
    let pauses = &front.pauses;
    key(
        "pauses",
        map([
            ("sentence", time(pauses.sentence)),
            ("paragraph", time(pauses.paragraph)),
            ("heading", time(pauses.heading)),
            ("ellipsis", time(pauses.ellipsis)),
            ("breath", time(pauses.breath)),
        ]),
    );
    key("beds", (!front.beds.is_empty()).then(|| beds(front)));
    let mix = &front.mix;
    key(
        "mix",
        map([
            ("duck", level(mix.duck)),
            ("lift", level(mix.lift)),
            ("fade_in", time(mix.fade_in)),
            ("fade_out", time(mix.fade_out)),
            ("attack", time(mix.attack)),
            ("release", time(mix.release)),
            ("room", level(mix.room)),
        ]),
    );
    let master = &front.master;
    key(
        "master",
        map([
            ("preset", master.preset.as_ref().map(|preset| scalar(&preset.value))),
            ("loudness", master.loudness.map(|loudness| format!("{loudness}LUFS"))),
            ("true_peak", master.true_peak.map(|peak| format!("{peak}dBTP"))),
        ]),
    );
    key("ask", (!front.ask.is_empty()).then(|| questions(front)));
    key("lexicon", (!front.lexicon.is_empty()).then(|| lexicon(front)));
    key("tags", list(&front.tags));
    key("speak_headings", front.speak_headings.map(|speak| speak.to_string()));
    key("seed", front.seed.map(|seed| seed.to_string()));
    if lines.is_empty() { String::new() } else { format!("---\n{}\n---\n", lines.join("\n")) }
}

fn beds(front: &FrontMatter) -> String {
    let mut out = String::new();
    for bed in &front.beds {
        let (kind, source) = match &bed.source {
            BedSource::Recipe(recipe) => ("recipe", scalar(&recipe.value)),
            BedSource::File(file) => ("file", scalar(&file.value)),
        };
        let looping = bed.looping.map(|looping| match looping {
            LoopMode::Crossfade(time) => duration_text(time),
            LoopMode::Shuffle => "shuffle".to_owned(),
            LoopMode::Once => "false".to_owned(),
        });
        let points = bed.loop_points.map(|(from, to)| format!("[{}, {}]", duration_text(from), duration_text(to)));
        let value =
            map([(kind, Some(source)), ("level", level(bed.level)), ("loop", looping), ("loop_points", points)]);
        let _ = write!(out, "\n  {}: {}", scalar(&bed.name.value), value.unwrap_or_default());
    }
    out
}

fn questions(front: &FrontMatter) -> String {
    let mut out = String::new();
    for question in &front.ask {
        let value = map([
            ("say", Some(quoted(&question.say))),
            ("one_of", list(&question.one_of)),
            ("yes_no", question.yes_no.then(|| "true".to_owned())),
            ("default", question.default.as_deref().map(scalar)),
            ("about", list(&question.about)),
        ]);
        let _ = write!(out, "\n  {}: {}", scalar(&question.name.value), value.unwrap_or_default());
    }
    out
}

fn lexicon(front: &FrontMatter) -> String {
    let mut out = String::new();
    for entry in &front.lexicon {
        let said = match &entry.said {
            Pronunciation::Words(words) => quoted(words),
            Pronunciation::Ipa(ipa) => quoted(&format!("/{ipa}/")),
        };
        let _ = write!(out, "\n  {}: {said}", scalar(&entry.word.value));
    }
    out
}

fn time(time: Option<Duration>) -> Option<String> {
    time.map(duration_text)
}

fn level(level: Option<Decibels>) -> Option<String> {
    level.map(|level| format!("{}dB", level.0))
}

fn list(items: &[String]) -> Option<String> {
    (!items.is_empty()).then(|| format!("[{}]", items.iter().map(|item| scalar(item)).collect::<Vec<_>>().join(", ")))
}

fn map<const N: usize>(entries: [(&str, Option<String>); N]) -> Option<String> {
    let entries: Vec<String> =
        entries.into_iter().filter_map(|(key, value)| value.map(|value| format!("{key}: {value}"))).collect();
    (!entries.is_empty()).then(|| format!("{{ {} }}", entries.join(", ")))
}

/// A text as it stands when YAML cannot take it for anything else.
fn scalar(text: &str) -> String {
    let plain = text.starts_with(|c: char| c.is_ascii_alphabetic())
        && text.ends_with(|c: char| c.is_ascii_alphanumeric())
        && text.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, ' ' | '-' | '_' | '.' | '/'))
        && !["true", "false", "yes", "no", "on", "off", "y", "n", "null", "nan", "inf"]
            .iter()
            .any(|word| text.eq_ignore_ascii_case(word));
    if plain { text.to_owned() } else { quoted(text) }
}

fn quoted(text: &str) -> String {
    let mut out = String::from("\"");
    for c in text.chars() {
        match c {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\t' => out.push_str("\\t"),
            c if c.is_control() || matches!(c, '\u{feff}' | '\u{2028}' | '\u{2029}') => {
                let _ = write!(out, "\\u{:04X}", u32::from(c));
            }
            c => out.push(c),
        }
    }
    out.push('"');
    out
}
