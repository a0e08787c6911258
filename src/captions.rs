//! What is said, and when, for the eyes: SRT, `WebVTT`, LRC, and the bare words.

mod split;

use std::{fmt::Write as _, str::FromStr, time::Duration};

use crate::{
    plan::{CueKind, Plan},
    timeline::Timeline,
};

/// Kinds of caption files.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    /// `SubRip`, which every video player reads.
    Srt,
    /// `WebVTT`, which browsers read.
    Vtt,
    /// LRC, which music players read.
    Lrc,
    /// The words without times.
    Txt,
}

/// A name that no kind of captions has.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("there are no captions '{given}'; there are srt, vtt, lrc and txt")]
pub struct UnknownFormat {
    /// What was asked for.
    pub given: String,
}

impl FromStr for Format {
    type Err = UnknownFormat;

    fn from_str(name: &str) -> Result<Self, Self::Err> {
        let known = Self::ALL.into_iter().find(|format| format.extension().eq_ignore_ascii_case(name.trim()));
        known.ok_or_else(|| UnknownFormat { given: name.to_owned() })
    }
}

/// How a transcript begins, by which it is known again.
const TRANSCRIPT: &str = "Transcript: ";

/// After a gap of this length the last line of an LRC file goes away.
const LRC_GAP: Duration = Duration::from_secs(3);

/// Something that is said.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Caption {
    /// When it begins.
    pub start: Duration,
    /// When it ends: after it began, and not after the next one begins.
    pub end: Duration,
    /// One line or two, of at most 42 characters each.
    pub lines: Vec<String>,
}

/// All that is said in a session, as its writer wrote it, in pieces that can be read in time.
///
/// What is longer than two lines is cut, at the end of a sentence or a clause where there is one, and its time is divided
/// by letters. Times are whole milliseconds.
#[must_use]
pub fn captions(plan: &Plan, timeline: &Timeline) -> Vec<Caption> {
    let mut captions: Vec<Caption> = Vec::new();
    for placement in &timeline.speech {
        let Some(CueKind::Speak(line) | CueKind::Slot { line: Some(line), .. }) =
            plan.cues.get(placement.cue).map(|cue| &cue.kind)
        else {
            continue;
        };
        let pieces = split::split(&line.shown);
        let letters = |piece: &Vec<String>| piece.iter().map(|line| line.chars().count()).sum::<usize>() as u128;
        let all: u128 = pieces.iter().map(letters).sum();
        let (begin, length) = (timeline.rate.duration(placement.start), timeline.rate.duration(placement.length));
        let time = |passed: u128| {
            let nanos = length.as_nanos() * passed / all.max(1);
            Duration::from_millis(((begin.as_nanos() + nanos) / 1_000_000) as u64)
        };
        let mut passed = 0;
        for lines in pieces {
            let start = time(passed);
            passed += letters(&lines);
            let end = time(passed);
            if end > start {
                captions.push(Caption { start, end, lines });
            }
        }
    }
    captions
}

/// Reads captions back from `WebVTT` as [`Format::Vtt`] writes it; what is not understood is left out.
#[must_use]
pub fn read_vtt(text: &str) -> Vec<Caption> {
    let time = |text: &str| {
        let mut seconds = 0.0;
        for part in text.trim().split(':') {
            seconds = seconds * 60.0 + part.parse::<f64>().ok()?;
        }
        Duration::try_from_secs_f64(seconds).ok()
    };
    let mut captions: Vec<Caption> = Vec::new();
    for block in text.trim_start_matches('\u{feff}').replace("\r\n", "\n").split("\n\n") {
        let mut lines = block.lines().skip_while(|line| !line.contains(" --> "));
        let Some((start, end)) = lines.next().and_then(|line| line.split_once(" --> ")) else { continue };
        let end = end.split_whitespace().next().unwrap_or_default();
        if let (Some(start), Some(end)) = (time(start), time(end))
            && start < end
            && captions.last().is_none_or(|last| last.end <= start)
        {
            let plain = |line: &str| line.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&");
            captions.push(Caption { start, end, lines: lines.map(plain).collect() });
        }
    }
    captions
}

impl Format {
    /// Every kind.
    pub const ALL: [Self; 4] = [Self::Srt, Self::Vtt, Self::Lrc, Self::Txt];

    /// The end of the name of its files, by which it is also asked for.
    #[must_use]
    pub fn extension(self) -> &'static str {
        match self {
            Self::Srt => "srt",
            Self::Vtt => "vtt",
            Self::Lrc => "lrc",
            Self::Txt => "txt",
        }
    }

    /// Whether a text looks like a file of this kind.
    #[must_use]
    pub fn is_in(self, text: &str) -> bool {
        let text = text.trim_start_matches('\u{feff}');
        match self {
            Self::Srt => text.lines().nth(1).is_some_and(|line| line.contains(" --> ")),
            Self::Vtt => text.starts_with("WEBVTT"),
            Self::Lrc => {
                let tag = text.lines().next().and_then(|line| line.strip_prefix('['));
                tag.is_some_and(|tag| tag.contains(':') && tag.contains(']'))
            }
            Self::Txt => text.starts_with(TRANSCRIPT),
        }
    }

    /// The whole file.
    #[must_use]
    pub fn write(self, plan: &Plan, timeline: &Timeline) -> String {
        match self {
            Self::Srt => srt(&captions(plan, timeline)),
            Self::Vtt => vtt(&captions(plan, timeline)),
            Self::Lrc => lrc(plan, timeline),
            Self::Txt => txt(plan),
        }
    }
}

fn srt(captions: &[Caption]) -> String {
    let mut out = String::new();
    for (caption, number) in captions.iter().zip(1..) {
        let (start, end) = (clock(caption.start, ','), clock(caption.end, ','));
        let _ = write!(out, "{number}\n{start} --> {end}\n{}\n\n", caption.lines.join("\n"));
    }
    out
}

fn vtt(captions: &[Caption]) -> String {
    let mut out = "WEBVTT\n\n".to_owned();
    for caption in captions {
        let (start, end) = (clock(caption.start, '.'), clock(caption.end, '.'));
        let text = caption.lines.join("\n").replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;");
        let _ = write!(out, "{start} --> {end}\n{text}\n\n");
    }
    out
}

fn lrc(plan: &Plan, timeline: &Timeline) -> String {
    let tag = |text: &str| text.replace(['[', ']', '\n', '\r'], " ");
    let mut out = format!("[ti:{}]\n", tag(&plan.title));
    if let Some(author) = &plan.author {
        let _ = writeln!(out, "[ar:{}]", tag(author));
    }
    let length = timeline.rate.duration(timeline.length).as_secs();
    let _ = writeln!(out, "[length:{:02}:{:02}]", length / 60, length % 60);
    let captions = captions(plan, timeline);
    for (i, caption) in captions.iter().enumerate() {
        let _ = writeln!(out, "{}{}", stamp(caption.start), caption.lines.join(" "));
        let next = captions.get(i + 1).map(|next| next.start);
        if next.is_none_or(|next| next.saturating_sub(caption.end) >= LRC_GAP) {
            let _ = writeln!(out, "{}", stamp(caption.end));
        }
    }
    out
}

/// Chapters stand above what is said in them.
fn txt(plan: &Plan) -> String {
    let mut out = format!("{TRANSCRIPT}{}\n\n", plan.title);
    for cue in &plan.cues {
        match &cue.kind {
            CueKind::Chapter { title } => {
                let gap = if out.ends_with("\n\n") { "" } else { "\n" };
                let _ = write!(out, "{gap}# {title}\n\n");
            }
            CueKind::Speak(line) | CueKind::Slot { line: Some(line), .. } => {
                let words: Vec<&str> = line.shown.split_whitespace().collect();
                if !words.is_empty() {
                    let _ = writeln!(out, "{}", words.join(" "));
                }
            }
            _ => {}
        }
    }
    out
}

/// `01:02:03,456`.
fn clock(time: Duration, point: char) -> String {
    let seconds = time.as_secs();
    let (hours, minutes, seconds) = (seconds / 3600, seconds / 60 % 60, seconds % 60);
    format!("{hours:02}:{minutes:02}:{seconds:02}{point}{:03}", time.subsec_millis())
}

/// `[62:03.45]`: LRC has no hours.
fn stamp(time: Duration) -> String {
    let seconds = time.as_secs();
    format!("[{:02}:{:02}.{:02}]", seconds / 60, seconds % 60, time.subsec_millis() / 10)
}

#[cfg(test)]
mod tests;
