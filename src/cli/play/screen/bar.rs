//! The whole session as one line.

use super::look::{Look, Tone};
use ratatui::{buffer::Buffer, layout::Rect};
use std::time::Duration;
use undertone::player::Status;

/// Draws what has passed, what is ready and what is not, with chapters and bookmarks on it.
pub(super) fn draw(buffer: &mut Buffer, place: Rect, status: &Status, look: &Look) {
    let cells = place.width;
    let cell = |time: Duration| {
        let part = if status.length.is_zero() { 0.0 } else { time.as_secs_f64() / status.length.as_secs_f64() };
        ((part * f64::from(cells)) as u16).min(cells.saturating_sub(1))
    };
    let head = cell(status.position.at);
    let ready = if status.prepared >= status.length { cells } else { cell(status.prepared) };
    let tone = |at: u16| match at {
        at if at < head => Tone::Warm,
        at if at < ready => Tone::Dim,
        _ => Tone::Faint,
    };
    let mut set = |at: u16, letter: &str, tone: Tone| {
        if let Some(cell) = buffer.cell_mut((place.x + at, place.y)) {
            cell.set_symbol(letter).set_style(look.style(tone));
        }
    };
    for at in 0..cells {
        let letter = match tone(at) {
            Tone::Warm => look.letter("━", "="),
            Tone::Dim => look.letter("─", "-"),
            _ => look.letter("┄", "."),
        };
        set(at, letter, tone(at));
    }
    // The first chapter begins where everything begins: nothing to mark.
    for (start, _) in status.chapters.iter().filter(|(start, _)| !start.is_zero() && *start < status.length) {
        let at = cell(*start);
        set(at, look.letter("│", "|"), if at < head { Tone::Warm } else { Tone::Dim });
    }
    for at in status.bookmarks.iter().map(|mark| mark.at).filter(|at| *at <= status.length) {
        set(cell(at), look.letter("◆", "*"), Tone::Text);
    }
    set(head, look.letter("●", "o"), Tone::Bright);
}
