//! What the voice does: a sentence, a pause, a breath.

use super::{
    breath,
    look::{Look, Tone},
    text::{cells, clock, put_middle, wrap},
};
use ratatui::{buffer::Buffer, layout::Rect};
use std::time::Duration;
use undertone::player::{Heard, Motion, Status};

/// Lines of a sentence are at most so wide.
const WIDEST: u16 = 58;
/// The line of a pause.
const LINE: u16 = 40;
/// A pause shorter than this passes without being counted: the sentence only stays.
const COUNTED: Duration = Duration::from_secs(2);
/// After a sentence it is still read for so long, and then gone.
const READ: Duration = Duration::from_secs(2);
const GONE: Duration = Duration::from_secs(8);

pub(super) fn draw(buffer: &mut Buffer, place: Rect, status: &Status, look: &Look) {
    let still = !matches!(status.motion, Motion::Playing | Motion::Waiting);
    // The lower part of the place is for pauses, so that a sentence stays where it is when one begins.
    let foot = match place.height {
        0..4 => 0,
        4..10 => 2,
        high => high / 4,
    };
    let words = Rect { height: place.height - foot, ..place };
    let low = if foot == 0 { place } else { Rect { y: words.bottom(), height: foot, ..place } };
    match &status.heard {
        Heard::Unknown => {
            let left = format!("{} to go", clock(status.length.saturating_sub(status.position.at)));
            let middle = Rect { y: place.y + (place.height - 1) / 2, height: 1, ..place };
            put_middle(buffer, middle, &left, look.style(Tone::Dim), look);
        }
        Heard::Speech { text, said } => {
            sentence(buffer, (place, words), &look.text(text), Some(*said).filter(|_| !still), Tone::Text, look);
        }
        Heard::Pause { left, whole } => {
            let passed = whole.saturating_sub(*left);
            let counted = *whole >= COUNTED;
            let tone = match passed {
                _ if !counted => Some(Tone::Text),
                passed if passed < READ => Some(Tone::Text),
                passed if passed < GONE => Some(Tone::Dim),
                _ => None,
            };
            if let Some(tone) = tone.filter(|_| foot > 0 || !counted) {
                let all = if counted { words } else { place };
                sentence(buffer, (all, words), &look.text(&look.lingering), None, tone, look);
            }
            if counted {
                let part = left.as_secs_f64() / whole.as_secs_f64();
                shrinking(buffer, low, part, &count(*left), "", look);
            }
        }
        Heard::Breath { phase, passed, whole } => {
            breath::draw(buffer, (place, low), (*phase, *passed, *whole), look);
        }
    }
}

/// The time that is left, as people count it: the last second is a one.
pub(super) fn count(left: Duration) -> String {
    let whole = Duration::from_secs(left.as_secs() + u64::from(left.subsec_nanos() > 0));
    if whole.as_secs() < 60 { format!("{} s", whole.as_secs()) } else { clock(whole) }
}

/// A line that is as long as what is left, and the time under it, or the time alone.
pub(super) fn shrinking(buffer: &mut Buffer, place: Rect, part: f64, time: &str, name: &str, look: &Look) {
    let number = if name.is_empty() { time.to_owned() } else { format!("{name}  {time}") };
    if place.height < 2 {
        let line = if name.is_empty() { format!("pause  {time}") } else { number };
        put_middle(buffer, place, &line, look.style(Tone::Text), look);
        return;
    }
    // Half cells, so that it moves smoothly; both ends do the same.
    let most = place.width.min(LINE);
    let halves = (f64::from(most / 2) * 2.0 * part.clamp(0.0, 1.0)).round() as u16;
    let middle = place.x + place.width / 2;
    let mut set = |x: u16, letter: &str| {
        if let Some(cell) = buffer.cell_mut((x, place.y)) {
            cell.set_symbol(letter).set_style(look.style(Tone::Warm));
        }
    };
    for step in 0..halves.div_ceil(2) {
        let last = step * 2 + 1 == halves;
        let (left, right) = if last { ("╶", "╴") } else { ("─", "─") };
        set(middle - 1 - step, look.letter(left, "-"));
        set(middle + step, look.letter(right, "-"));
    }
    let under = Rect { y: place.y + 1, height: 1, ..place };
    put_middle(buffer, under, &number, look.style(Tone::Text), look);
}

/// A sentence in the middle of its place, or of the whole when it is longer; with `said`, what was said is brighter than the rest.
fn sentence(buffer: &mut Buffer, (whole, place): (Rect, Rect), text: &str, said: Option<f32>, rest: Tone, look: &Look) {
    let lines = wrap(text, place.width.min(WIDEST).into());
    let place = if lines.len() > usize::from(place.height) { whole } else { place };
    let rows = usize::from(place.height);
    // How much of the text stands before each line.
    let before: Vec<usize> = lines
        .iter()
        .scan(0, |sum, line| {
            *sum += cells(line) + 1;
            Some(*sum - cells(line) - 1)
        })
        .collect();
    let all: usize = lines.iter().map(|line| cells(line) + 1).sum();
    let reached = |before: usize| said.is_some_and(|said| before as f32 <= said.clamp(0.0, 1.0) * all as f32);
    // Where there are more lines than room, those around the word that is spoken are shown.
    let spoken = before.iter().rposition(|before| reached(*before)).unwrap_or(0);
    let first = spoken.saturating_sub(rows / 2).min(lines.len().saturating_sub(rows));
    let shown = rows.min(lines.len());
    let top = place.y + ((rows - shown) / 2) as u16;
    for ((line, before), y) in lines.iter().zip(before).skip(first).take(shown).zip(top..) {
        let left = place.x + (usize::from(place.width).saturating_sub(cells(line)) / 2) as u16;
        let mut from = 0;
        for (word, wide) in line {
            let tone = match (said.is_some(), reached(before + from)) {
                (true, true) => Tone::Bright,
                (true, false) => Tone::Dim,
                (false, _) => rest,
            };
            let x = left + from as u16;
            let room = (place.x + place.width).saturating_sub(x);
            buffer.set_stringn(x, y, word, room.into(), look.style(tone));
            from += wide + 1;
        }
    }
}
