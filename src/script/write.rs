//! A script as text again, in one form: what is read from it is the same script.
//!
//! Comments and layout are not part of the tree and so are left out.

mod front;

use super::{BreathPhase, Condition, Direction, Inline, Length, Node, Script, Test, ToneKind};
use std::{fmt::Write as _, time::Duration};

/// The text of a script. Reading it gives the same script, and writing that gives the same text.
///
/// Includes are written as directions, not as what they include. Comments are left out.
#[must_use]
pub fn write(script: &Script) -> String {
    let mut out = front::write(&script.front);
    let mut body = Body { out: String::new() };
    body.nodes(&script.body);
    let body = body.out.trim_matches(['\n', ' ']);
    // What would be read as another kind of file, or as front matter, gets a front matter of its own.
    let other = body.starts_with("---") || super::phrases::is_phrases(body) || body.starts_with("<speak");
    if out.is_empty() && other {
        out.push_str("---\n---\n");
    }
    out.push_str(body);
    if !out.is_empty() && !out.ends_with('\n') {
        out.push('\n');
    }
    out
}

struct Body {
    out: String,
}

impl Body {
    fn nodes(&mut self, nodes: &[Node]) {
        for node in nodes {
            match node {
                Node::Heading { level, text, .. } => {
                    self.paragraph();
                    self.out.push_str(&"#".repeat(usize::from(*level)));
                    self.out.push(' ');
                    let start = self.out.len();
                    self.inlines(text);
                    let line = self.out.split_off(start);
                    self.out.push_str(line.trim());
                    self.paragraph();
                }
                Node::Text(inlines) => self.text(inlines),
                Node::ParagraphEnd => self.paragraph(),
                Node::Direction(direction) => {
                    self.before(&direction.value);
                    self.direction(&direction.value);
                    self.after(&direction.value);
                }
                Node::Repeat { times, body, .. } => {
                    self.bracket(&format!("[repeat {times}]"));
                    self.nodes(body);
                    self.bracket("[end]");
                }
                Node::If { arms, otherwise, .. } => {
                    for (i, (condition, body)) in arms.iter().enumerate() {
                        self.bracket(&condition_text(condition, i == 0));
                        self.nodes(body);
                    }
                    if !otherwise.is_empty() {
                        self.bracket("[else]");
                        self.nodes(otherwise);
                    }
                    self.bracket("[end]");
                }
                Node::Choose { options, .. } => {
                    self.bracket("[choose]");
                    for (i, option) in options.iter().enumerate() {
                        if i > 0 {
                            self.bracket("|");
                        }
                        self.nodes(option);
                    }
                    self.bracket("[end]");
                }
                Node::Include { path, with, .. } => {
                    let mut text = format!("[include {}", argument(&path.value));
                    for (i, (key, value)) in with.iter().enumerate() {
                        let lead = if i == 0 { " with" } else { "," };
                        let _ = write!(text, "{lead} {} = {}", argument(&key.value), quoted(value));
                    }
                    text.push(']');
                    self.bracket(&text);
                }
            }
        }
    }

    /// Ends a line when words stand on it. The break is read as the space that it takes the place of.
    fn line(&mut self) {
        while self.out.ends_with(' ') {
            self.out.pop();
        }
        if !self.out.is_empty() && !self.out.ends_with('\n') {
            self.out.push('\n');
        }
    }

    fn paragraph(&mut self) {
        self.line();
        if !self.out.is_empty() && !self.out.ends_with("\n\n") {
            self.out.push('\n');
        }
    }

    /// A direction on its own line.
    fn bracket(&mut self, text: &str) {
        self.line();
        self.out.push_str(text);
        self.out.push('\n');
    }

    /// A breath, `~`, stands on a line of its own.
    fn before(&mut self, direction: &Direction) {
        // Dots behind dots would be one ellipsis.
        let dots = matches!(direction, Direction::Ellipsis(_)) && self.out.ends_with(['.', '…']);
        if dots || self.out.ends_with(' ') || matches!(direction, Direction::Breath { .. }) {
            self.line();
        }
    }

    fn after(&mut self, direction: &Direction) {
        if matches!(direction, Direction::Breath { .. }) {
            self.out.push('\n');
        }
    }

    fn text(&mut self, inlines: &[Inline]) {
        let start = self.out.len();
        self.inlines(inlines);
        let text = self.out.split_off(start);
        let text = if self.out.is_empty() || self.out.ends_with('\n') {
            text.trim_start()
        } else if text.starts_with(' ') {
            // A direction stands before it.
            self.line();
            text.trim_start()
        } else {
            &text
        };
        if self.out.is_empty() || self.out.ends_with('\n') {
            guard(text, &mut self.out);
        } else {
            // Right behind a direction it would make a link of it.
            if self.out.ends_with(']') && text.starts_with('(') {
                self.out.push('\\');
            }
            self.out.push_str(text);
        }
    }

    fn inlines(&mut self, inlines: &[Inline]) {
        for inline in inlines {
            match inline {
                Inline::Words(words) => escape(&words.value, &mut self.out),
                Inline::Answer { name, default } => match default {
                    Some(default) => {
                        let _ = write!(self.out, "{{{{{}|{default}}}}}", name.value);
                    }
                    None => {
                        let _ = write!(self.out, "{{{{{}}}}}", name.value);
                    }
                },
                Inline::Emphasis { strong, content } => {
                    let mark = if *strong { "**" } else { "*" };
                    self.out.push_str(mark);
                    let start = self.out.len();
                    self.inlines(content);
                    // A mark stands beside a word; the spaces go outside of it.
                    let inner = self.out.split_off(start);
                    let trimmed = inner.trim();
                    if trimmed.is_empty() {
                        self.out.truncate(start - mark.len());
                        self.out.push_str(&inner);
                        continue;
                    }
                    if inner.starts_with(' ') {
                        self.out.insert(start - mark.len(), ' ');
                    }
                    self.out.push_str(trimmed);
                    self.out.push_str(mark);
                    if inner.ends_with(' ') {
                        self.out.push(' ');
                    }
                }
                Inline::Say { shown, spoken } => {
                    let _ = write!(self.out, "[{}](say: {spoken})", shown.value);
                }
                Inline::Phonemes { shown, ipa } => {
                    let _ = write!(self.out, "[{}](/{ipa}/)", shown.value);
                }
            }
        }
    }

    fn direction(&mut self, direction: &Direction) {
        let text = match direction {
            Direction::Pause { length, elastic } => {
                format!("[pause {}{}]", length_text(*length), if *elastic { "~" } else { "" })
            }
            Direction::Silence { length } => format!("[silence {}]", length_text(*length)),
            Direction::Ellipsis(1) => "...".to_owned(),
            Direction::Ellipsis(2) => "……".to_owned(),
            Direction::Ellipsis(count) => "..".repeat(*count as usize),
            Direction::Breath { breaths } => match breaths {
                breaths if *breaths < 1.0 => "~".to_owned(),
                breaths if *breaths < 2.0 => "~~".to_owned(),
                _ => "~~~".to_owned(),
            },
            Direction::Breathe { phases, cycles } => {
                let phases: Vec<String> = phases
                    .iter()
                    .map(|(phase, length)| {
                        let phase = match phase {
                            BreathPhase::In => "in",
                            BreathPhase::Hold => "hold",
                            BreathPhase::Out => "out",
                        };
                        format!("{phase} {}", length_text(*length))
                    })
                    .collect();
                format!("[breathe {}, x{cycles}]", phases.join(", "))
            }
            Direction::Count { from, to, every, text } => {
                let mut out = format!("[count {from} to {to} every {}", length_text(*every));
                if let Some(text) = text {
                    let mut body = Self { out: String::new() };
                    body.inlines(text);
                    let _ = write!(out, " | \"{}\"", body.out.replace(['"', '“', '”'], "'"));
                }
                out.push(']');
                out
            }
            Direction::Voice(name) => format!("[voice {}]", name.as_deref().map_or("default".to_owned(), argument)),
            Direction::Pace(pace) => format!("[pace {pace}]"),
            Direction::Volume(level) => format!("[volume {}dB]", level.0),
            Direction::Pan(pan) => format!("[pan {pan}]"),
            Direction::Bed { name, level, over } => {
                format!("[bed {}{}{}]", argument(name), gain(*level), over_text(*over))
            }
            Direction::BedOff { name, over } => {
                let name = name.as_deref().map_or_else(String::new, |name| format!(" {}", argument(name)));
                format!("[bed{name} off{}]", over_text(*over))
            }
            Direction::Bell { name, times, every, level } => {
                let name = name.as_deref().map_or_else(String::new, |name| format!(" {}", argument(name)));
                let times = if *times == 1 { String::new() } else { format!(" x{times}") };
                let every = every.map_or_else(String::new, |every| format!(" every {}", length_text(every)));
                format!("[bell{name}{times}{every}{}]", gain(*level))
            }
            Direction::Sound { file, level, wait } => {
                format!("[sound {}{}{}]", argument(file), gain(*level), if *wait { " wait" } else { "" })
            }
            Direction::Tone { kind, carrier, beat, glide, level, over } => {
                let kind = match kind {
                    ToneKind::Binaural => "binaural",
                    ToneKind::Isochronic => "isochronic",
                };
                let glide =
                    glide.map_or_else(String::new, |(to, time)| format!(" to {to}Hz over {}", length_text(time)));
                format!("[tone {kind} {carrier}Hz {beat}Hz{glide}{}{}]", gain(*level), over_text(*over))
            }
            Direction::ToneOff { over } => format!("[tone off{}]", over_text(*over)),
            Direction::Mark(name) => format!("[mark {}]", argument(name)),
            Direction::At(time) => format!("[at {}]", duration_text(*time)),
        };
        self.out.push_str(&text);
    }
}

/// A direction in its brackets.
pub(super) fn direction_text(direction: &Direction) -> String {
    let mut body = Body { out: String::new() };
    body.direction(direction);
    body.out
}

fn gain(level: Option<crate::audio::Decibels>) -> String {
    level.map_or_else(String::new, |level| format!(" {}dB", level.0))
}

fn over_text(over: Option<Length>) -> String {
    over.map_or_else(String::new, |over| format!(" over {}", length_text(over)))
}

pub(super) fn length_text(length: Length) -> String {
    match length {
        Length::Time(time) => duration_text(time),
        Length::Breaths(1.0) => "1 breath".to_owned(),
        Length::Breaths(breaths) => format!("{breaths} breaths"),
    }
}

/// `1h5m`, `1m30s`, `1.5s` or `500ms`: the shortest of the spellings that says exactly this.
fn duration_text(time: Duration) -> String {
    let (seconds, nanos) = (time.as_secs(), time.subsec_nanos());
    if seconds == 0 && nanos > 0 && nanos % 1_000_000 == 0 {
        return format!("{}ms", nanos / 1_000_000);
    }
    let mut out = String::new();
    for (unit, size) in [("h", 3600), ("m", 60)] {
        let count = if unit == "m" { seconds / size % 60 } else { seconds / size };
        if count > 0 {
            let _ = write!(out, "{count}{unit}");
        }
    }
    let rest = seconds % 60;
    if nanos > 0 {
        let fraction = format!("{nanos:09}");
        let _ = write!(out, "{rest}.{}s", fraction.trim_end_matches('0'));
    } else if rest > 0 || out.is_empty() {
        let _ = write!(out, "{rest}s");
    }
    out
}

/// An argument as it stands, or in quotation marks when it would be taken apart or for something else.
pub(super) fn argument(text: &str) -> String {
    let taken = |c: char| c.is_whitespace() || matches!(c, ',' | '=' | '|' | '!' | '[' | ']' | ':' | '“' | '”');
    let keyword = ["off", "over", "every", "wait", "with", "x"].iter().any(|word| text.eq_ignore_ascii_case(word));
    if text.is_empty() || text.contains(taken) || keyword { quoted(text) } else { text.to_owned() }
}

/// In quotation marks; marks inside cannot be written and become single ones.
pub(super) fn quoted(text: &str) -> String {
    format!("\"{}\"", text.replace(['"', '“', '”'], "'"))
}

fn condition_text(condition: &Condition, first: bool) -> String {
    let key = argument(&condition.key.value);
    let (name, rest) = match &condition.test {
        Test::Yes => ("if", String::new()),
        Test::No => ("unless", String::new()),
        Test::Equals(value) => ("if", format!(" = {}", argument(&value.value))),
        Test::Differs(value) => ("if", format!(" != {}", argument(&value.value))),
    };
    if first { format!("[{name} {key}{rest}]") } else { format!("[else {name} {key}{rest}]") }
}

/// Words with everything escaped that would be read as a mark.
fn escape(text: &str, out: &mut String) {
    let kept = text.chars().filter(|c| !matches!(c, '\u{feff}' | '\0'));
    let chars: Vec<char> = kept.map(|c| if c.is_whitespace() { ' ' } else { c }).collect();
    for (i, &c) in chars.iter().enumerate() {
        let next = chars.get(i + 1).copied();
        let before = i.checked_sub(1).map(|i| chars[i]);
        let mark = match c {
            '\\' | '[' | '*' | '_' | '|' | '…' => true,
            '{' => next.is_none_or(|next| next == '{') || before == Some('{'),
            '<' => next.is_none_or(|next| matches!(next, '!' | 'b' | 'B')),
            '.' => next == Some('.') || before == Some('.') || next.is_none() && i > 0 && before == Some('.'),
            _ => false,
        };
        if mark {
            out.push('\\');
        }
        out.push(c);
    }
}

/// Text at the start of a line, with a mark escaped that would be read as layout.
fn guard(text: &str, out: &mut String) {
    let first = text.chars().next();
    let digits = text.bytes().take_while(u8::is_ascii_digit).count();
    if matches!(first, Some('#' | '>' | '-' | '+' | '~' | '/')) {
        out.push('\\');
        out.push_str(text);
    } else if (1..=3).contains(&digits) && text[digits..].starts_with(['.', ')']) {
        out.push_str(&text[..digits]);
        out.push('\\');
        out.push_str(&text[digits..]);
    } else if let Some(rest) = text.strip_prefix('•') {
        // It cannot be escaped and is a mark of layout; as text it is a dash.
        out.push_str("\\-");
        out.push_str(rest);
    } else {
        out.push_str(text);
    }
}
