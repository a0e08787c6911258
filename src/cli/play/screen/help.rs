//! All keys, over the picture.

use super::{
    look::{Look, Tone},
    text::{put, width},
};
use ratatui::{
    buffer::Buffer,
    layout::{Constraint, Rect},
    widgets::{Clear, Widget},
};

/// Keys, the same in ASCII, and what they do.
pub(super) const KEYS: [(&str, &str, &str); 11] = [
    ("space", "space", "pause, or go on"),
    ("← →", "left right", "10 seconds back, on"),
    (", .  ⇧← ⇧→", ", .", "chapter back, on"),
    ("r", "r", "chapter from its start"),
    ("↑ ↓", "up down", "voice louder, softer"),
    ("] [", "] [", "bed louder, softer"),
    ("m", "m", "bed silent, or back"),
    ("s", "s", "sleep timer"),
    ("b", "b", "keep this place"),
    ("?", "?", "show, or close this"),
    ("q", "q", "quit"),
];

/// Draws them where the voice is shown, or over all where there is too little room.
pub(super) fn draw(buffer: &mut Buffer, area: Rect, heard: Option<Rect>, look: &Look) {
    let key = |(fine, ascii, _): &(&'static str, &'static str, &str)| if look.ascii { *ascii } else { *fine };
    let keys = KEYS.iter().map(|entry| width(key(entry))).max().unwrap_or(0) as u16;
    let words = KEYS.iter().map(|(.., what)| width(what)).max().unwrap_or(0) as u16;
    let (wide, high) = (keys + 3 + words, KEYS.len() as u16);
    let room = heard.filter(|heard| heard.width >= wide && heard.height >= high).unwrap_or(area);
    Clear.render(room, buffer);
    buffer.set_style(room, look.ground());
    let place = room.centered(Constraint::Length(wide.min(room.width)), Constraint::Length(high.min(room.height)));
    for (entry, y) in KEYS.iter().zip(place.y..place.bottom()) {
        let row = Rect { y, height: 1, ..place };
        put(buffer, row, key(entry), look.style(Tone::Bright), look);
        // Without room for a column the words follow their key.
        let from = if place.width < wide { width(key(entry)) as u16 + 1 } else { keys + 3 }.min(place.width);
        let rest = Rect { x: row.x + from, width: place.width - from, ..row };
        put(buffer, rest, entry.2, look.style(Tone::Text), look);
    }
}
