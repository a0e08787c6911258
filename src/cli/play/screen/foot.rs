//! The foot of the screen: levels, and the keys that matter most.

use super::{
    look::{Look, Tone},
    text::width,
};
use ratatui::{buffer::Buffer, layout::Rect};
use undertone::{audio::Decibels, player::Status};

/// The lowest level that a meter shows, in dB of full scale.
const LOWEST: f32 = -60.0;

/// Levels of the voice and of the bed, with what was added to each.
pub(super) fn meters(buffer: &mut Buffer, place: Rect, status: &Status, look: &Look) {
    let half = place.width / 2;
    let left = Rect { width: half, ..place };
    let right = Rect { x: place.x + half, width: place.width - half, ..place };
    meter(buffer, left, ("voice", status.voice_level, &added(status.voice)), false, look);
    if let Some(bed) = status.bed {
        let said = if status.muted { "muted".to_owned() } else { added(bed) };
        meter(buffer, right, ("bed", status.bed_level, &said), status.muted, look);
    }
}

fn added(gain: Decibels) -> String {
    let whole = gain.0.round();
    if whole == 0.0 { "0 dB".to_owned() } else { format!("{whole:+.0} dB") }
}

fn meter(buffer: &mut Buffer, place: Rect, (name, level, said): (&str, Decibels, &str), muted: bool, look: &Look) {
    let cells = place.width.saturating_sub(18).min(16);
    let part = ((level.0 - LOWEST) / -LOWEST).clamp(0.0, 1.0);
    let part = if part.is_nan() || muted { 0.0 } else { part };
    let lit = (part * f32::from(cells)).round() as u16;
    let start = place.x + 7.min(width(name) as u16 + 2);
    buffer.set_stringn(place.x, place.y, name, place.width.into(), look.style(Tone::Dim));
    for at in 0..cells {
        let (letter, tone) =
            if at < lit { (look.letter("━", "="), Tone::Ember) } else { (look.letter("─", "-"), Tone::Faint) };
        buffer.set_stringn(start + at, place.y, letter, 1, look.style(tone));
    }
    let room = (place.x + place.width).saturating_sub(start + cells + 2);
    buffer.set_stringn(start + cells + 2, place.y, said, room.into(), look.style(Tone::Dim));
}

/// The keys that matter most, as many as there is room for.
pub(super) fn hints(buffer: &mut Buffer, place: Rect, look: &Look) {
    let room = usize::from(place.width);
    // In the order in which they stand; the number says in which they are given up.
    let all = [
        (2, "space", "pause"),
        (3, look.letter("← →", "left/right"), "10 s"),
        (5, look.letter("↑ ↓", "up/down"), "voice"),
        (6, "[ ]", "bed"),
        (4, "s", "sleep"),
        (1, "q", "quit"),
        (0, "?", "keys"),
    ];
    let takes = |most: u8| -> usize {
        all.iter().filter(|(n, ..)| *n <= most).map(|(_, key, what)| width(key) + width(what) + 4).sum::<usize>() - 3
    };
    let Some(most) = (0..=6).rev().find(|most| takes(*most) <= room) else { return };
    let mut x = place.x;
    for (_, key, what) in all.iter().filter(|(n, ..)| *n <= most) {
        (x, _) = buffer.set_stringn(x, place.y, key, room, look.style(Tone::Text));
        (x, _) = buffer.set_stringn(x + 1, place.y, what, room, look.style(Tone::Dim));
        x += 3;
    }
}
