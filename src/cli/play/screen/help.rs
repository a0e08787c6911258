//! All keys, over the picture.

use super::{
    look::{Look, Tone},
    text::{put, width},
};
use ratatui::{
    buffer::Buffer,
    layout::Rect,
    style::Style,
    widgets::{Block, BorderType, Clear, Padding, Widget},
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

pub(super) fn draw(buffer: &mut Buffer, area: Rect, look: &Look) {
    let key = |(fine, ascii, _): &(&'static str, &'static str, &str)| if look.ascii { *ascii } else { *fine };
    let keys = KEYS.iter().map(|entry| width(key(entry))).max().unwrap_or(0) as u16;
    let words = KEYS.iter().map(|(.., what)| width(what)).max().unwrap_or(0) as u16;
    let inner_width = keys + 3 + words;
    let framed = area.width >= inner_width + 6 && area.height >= KEYS.len() as u16 + 4;
    let (extra_x, extra_y) = if framed { (6, 4) } else { (0, 0) };
    let width = (inner_width + extra_x).min(area.width);
    let height = (KEYS.len() as u16 + extra_y).min(area.height);
    let place = Rect {
        x: area.x + (area.width - width) / 2,
        y: area.y + (area.height - height) / 2,
        width,
        height,
    };
    // Without a frame nothing of the picture may show between the lines.
    let hidden = if framed { place } else { area };
    Clear.render(hidden, buffer);
    buffer.set_style(hidden, look.ground());
    let mut inner = place;
    if framed {
        let frame = Block::bordered().border_style(look.style(Tone::Dim)).padding(Padding::symmetric(2, 1));
        inner = frame.inner(place);
        if look.ascii { frame.border_set(ASCII) } else { frame.border_type(BorderType::Rounded) }.render(place, buffer);
    }
    let narrow = inner.width < inner_width;
    for (entry, y) in KEYS.iter().zip(inner.y..inner.y + inner.height) {
        let row = Rect { y, height: 1, ..inner };
        put(buffer, row, key(entry), look.style(Tone::Bright), look);
        let from = if narrow { (width_of(key(entry)) + 1).min(inner.width) } else { keys + 3 };
        let rest = Rect { x: row.x + from, width: inner.width - from, ..row };
        put(buffer, rest, entry.2, style(look), look);
    }
}

fn width_of(text: &str) -> u16 {
    width(text) as u16
}

fn style(look: &Look) -> Style {
    look.style(Tone::Text)
}

const ASCII: ratatui::symbols::border::Set<'_> = ratatui::symbols::border::Set {
    top_left: "+",
    top_right: "+",
    bottom_left: "+",
    bottom_right: "+",
    vertical_left: "|",
    vertical_right: "|",
    horizontal_top: "-",
    horizontal_bottom: "-",
};
