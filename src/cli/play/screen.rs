//! The screen of live playback: one picture of one status, calm enough for a dark room.

mod bar;
mod breath;
mod foot;
mod heard;
mod help;
mod look;
mod text;
#[cfg(test)]
mod tests;

pub(super) use look::Look;
#[cfg(test)]
pub(super) use tests::sample;
pub(super) use text::{clock, plain};

#[cfg(test)]
use look::Colours;
use look::Tone;
use ratatui::{Frame, buffer::Buffer, layout::Rect};
use std::time::Duration;
use text::{fit, put, put_right, width};
use undertone::player::{Motion, Sleep, Status};

/// Lines longer than this are hard to take in at a glance; a larger terminal gets wider margins.
const WIDEST: u16 = 88;
/// The same of height.
const HIGHEST: u16 = 34;

/// Where things stand. What there is no room for is left out, the position last of all.
#[derive(Debug, Default)]
struct Places {
    title: Option<Rect>,
    chapter: Option<Rect>,
    heard: Option<Rect>,
    bar: Option<Rect>,
    time: Rect,
    meters: Option<Rect>,
    foot: Option<Rect>,
}

impl Places {
    fn of(area: Rect, chapters: bool) -> Self {
        let margin = match area.width {
            0..30 => 0,
            30..50 => 1,
            50..70 => 2,
            _ => 4,
        };
        let width = (area.width - 2 * margin).min(WIDEST);
        let height = area.height.min(HIGHEST);
        let x = area.x + (area.width - width) / 2;
        let row = |y| Rect { x, y, width, height: 1 };
        let roomy = height >= 20;

        let mut top = area.y + (area.height - height) / 2 + u16::from(roomy);
        let mut bottom = area.y + (area.height - height) / 2 + height - u16::from(roomy);
        let mut up = |wanted: bool, gap: bool| {
            wanted.then(|| {
                bottom -= 1;
                let place = row(bottom);
                bottom -= u16::from(gap);
                place
            })
        };
        let foot = up(height >= 9, roomy);
        let meters = up(height >= 16 && width >= 44, true);
        let time = up(true, false).unwrap_or_default();
        let bar = up(height >= 2, height >= 12);
        let mut down = |wanted: bool, gap: bool| {
            wanted.then(|| {
                let place = row(top);
                top += 1 + u16::from(gap);
                place
            })
        };
        let second = height >= 5 && chapters;
        let title = down(height >= 3, height >= 11 && !second);
        let chapter = down(second, height >= 11);
        let heard = (bottom > top).then(|| Rect { x, y: top, width, height: bottom - top });
        Self { title, chapter, heard, bar, time, meters, foot }
    }
}

/// Draws a status; nothing but the status and the look decides what is drawn.
pub(super) fn draw(frame: &mut Frame<'_>, status: &Status, look: &Look) {
    let area = frame.area();
    if area.is_empty() {
        return;
    }
    let buffer = frame.buffer_mut();
    buffer.set_style(area, look.ground());
    let places = Places::of(area, !status.chapters.is_empty());
    let notice = status.notice.as_deref().map(|notice| look.text(notice)).filter(|notice| !notice.is_empty());

    if let Some(place) = places.title {
        match &notice {
            // Without a line of its own it is worth more than the title.
            Some(notice) if places.foot.is_none() => put(buffer, place, notice, look.style(Tone::Bright), look),
            _ => title(buffer, place, status, look),
        }
    }
    if let Some(place) = places.chapter {
        chapter(buffer, place, status, look);
    }
    if let Some(place) = places.heard.filter(|_| !look.help) {
        heard::draw(buffer, place, status, look);
    }
    if let Some(place) = places.bar {
        bar::draw(buffer, place, status, look);
    }
    time(buffer, places.time, status, look);
    if let Some(place) = places.meters {
        foot::meters(buffer, place, status, look);
    }
    if let Some(place) = places.foot {
        match &notice {
            Some(notice) => put(buffer, place, notice, look.style(Tone::Bright), look),
            None => foot::hints(buffer, place, look),
        }
    }
    if look.help {
        help::draw(buffer, area, places.heard, look);
    }
}

/// What it is called, and how it will end.
fn title(buffer: &mut Buffer, place: Rect, status: &Status, look: &Look) {
    let title = look.text(&status.title);
    let room = usize::from(place.width);
    let ends = |chapter: &str| {
        let sleep = match status.sleep {
            Some(Sleep::In(left)) => Some(format!("sleep in {}", clock(left))),
            Some(Sleep::EndOfChapter(left)) => Some(format!("sleep {chapter}in {}", clock(left))),
            None => None,
        };
        let looping = status.looping.then(|| "loop".to_owned());
        sleep.into_iter().chain(looping).collect::<Vec<_>>().join(look.dot())
    };
    // In full where the title leaves room for it; in short it may take half of the line.
    let (long, short) = (ends("after this chapter, "), ends(""));
    let ends = match () {
        () if width(&title) + 2 + width(&long) <= room => long,
        () if width(&short) * 2 <= room => short,
        () => String::new(),
    };
    let taken = put_right(buffer, place, &ends, look.style(Tone::Dim), look);
    put(buffer, Rect { width: place.width - taken, ..place }, &title, look.style(Tone::Title), look);
}

/// The chapter that is heard, and which of them it is.
fn chapter(buffer: &mut Buffer, place: Rect, status: &Status, look: &Look) {
    let Some(index) = current(status) else { return };
    let number = format!("{} of {}", index + 1, status.chapters.len());
    let name = look.text(&status.chapters[index].1);
    let line = if name.is_empty() { number } else { format!("{number}{}{name}", look.dot()) };
    put(buffer, place, &line, look.style(Tone::Text), look);
}

/// The chapter that is heard: the last that has begun.
pub(super) fn current(status: &Status) -> Option<usize> {
    status.chapters.iter().rposition(|(start, _)| *start <= status.position.at)
}

/// Position and length, and whether it goes on.
fn time(buffer: &mut Buffer, place: Rect, status: &Status, look: &Look) {
    let room = usize::from(place.width);
    let position = clock(status.position.at);
    // Until all is prepared nobody knows to the second.
    let about = if status.prepared < status.length { "~" } else { "" };
    let length = clock(status.length + Duration::from_millis(500));
    let long = format!("{position} / {about}{length}");
    let (words, sign) = match status.motion {
        Motion::Playing => ("", ""),
        Motion::Paused => ("paused", "||"),
        Motion::Waiting => ("waiting for words", ".."),
        Motion::NoDevice => ("no device", "!!"),
        Motion::Ended => ("ended", "--"),
    };
    let fits = |left: &str, right: &str| width(left) + 2 + width(right) <= room;
    let (left, right) = match () {
        () if fits(&long, words) => (long, words),
        () if fits(&position, words) => (position, words),
        () if fits(&position, sign) => (position, sign),
        () => (position, ""),
    };
    let taken = put_right(buffer, place, right, look.style(Tone::Bright), look);
    let left = fit(&left, room - usize::from(taken), look);
    put(buffer, place, &left, look.style(Tone::Text), look);
}
