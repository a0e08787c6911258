//! A breath as a shape: it grows, stays and shrinks as the lungs do.

use super::{
    heard::{count, shrinking},
    look::{Look, Tone},
    text::put_middle,
};
use ratatui::{buffer::Buffer, layout::Rect, style::Style};
use std::{collections::HashSet, f64::consts::PI, time::Duration};
use undertone::script::BreathPhase;

/// Empty lungs are not nothing: so much of the radius is left.
const EMPTY: f64 = 0.25;

/// How full the lungs are, 0 to 1; they begin and end gently.
pub(super) fn fullness(phase: BreathPhase, passed: Duration, whole: Duration, held_full: bool) -> f64 {
    let part = if whole.is_zero() { 1.0 } else { (passed.as_secs_f64() / whole.as_secs_f64()).min(1.0) };
    let eased = 0.5 - 0.5 * (PI * part).cos();
    match phase {
        BreathPhase::In => eased,
        BreathPhase::Out => 1.0 - eased,
        BreathPhase::Hold => f64::from(u8::from(held_full)),
    }
}

/// Draws it as a circle, or as a line at the low end where there is little room.
pub(super) fn draw(
    buffer: &mut Buffer,
    (place, low): (Rect, Rect),
    (phase, passed, whole): (BreathPhase, Duration, Duration),
    look: &Look,
) {
    let name = match phase {
        BreathPhase::In => "breathe in",
        BreathPhase::Hold => "hold",
        BreathPhase::Out => "breathe out",
    };
    let full = fullness(phase, passed, whole, look.full);
    let time = count(whole.saturating_sub(passed));
    if place.height < 6 || place.width < 16 {
        shrinking(buffer, low, full, &time, name, look);
        return;
    }
    circle(buffer, Rect { height: place.height - 2, ..place }, full, look);
    let label = Rect { y: place.y + place.height - 1, height: 1, ..place };
    // Both parts keep their places while the number changes.
    put_middle(buffer, label, &format!("{name}  {time}"), look.style(Tone::Text), look);
}

/// A filled circle, and a ring of dots that it grows to.
fn circle(buffer: &mut Buffer, place: Rect, full: f64, look: &Look) {
    // A cell is about twice as high as it is wide, so that braille's two by four dots are square.
    let (wide, high) = (f64::from(place.width) * 2.0, f64::from(place.height) * 4.0);
    let outer = wide.min(high) / 2.0 - 0.5;
    let inner = outer * (EMPTY + (1.0 - EMPTY) * full);
    let (centre_x, centre_y) = (wide / 2.0, high / 2.0);
    let distance = |x: f64, y: f64| (x + 0.5 - centre_x).hypot(y + 0.5 - centre_y);
    // Dots of the ring; none where the disk touches them. A multiple of four is the same on all sides.
    let dots = if inner < outer - 1.0 { (outer / 2.0) as u32 * 4 } else { 0 };
    let ring_dots: HashSet<(u32, u32)> = (0..dots)
        .map(|n| {
            let (sine, cosine) = (2.0 * PI * (f64::from(n) + 0.5) / f64::from(dots)).sin_cos();
            ((centre_x + outer * cosine) as u32, (centre_y + outer * sine) as u32)
        })
        .collect();
    let reach = (outer / 2.0).ceil() as u16 + 1;
    let middle = place.width / 2;
    for row in 0..place.height {
        for column in middle.saturating_sub(reach)..(middle + reach).min(place.width) {
            let (mut disk, mut ring) = (0_u32, 0_u32);
            for dot in 0..8_u32 {
                let (x, y) = (f64::from(column) * 2.0 + f64::from(dot % 2), f64::from(row) * 4.0 + f64::from(dot / 2));
                let bit = 1 << [0, 3, 1, 4, 2, 5, 6, 7][dot as usize];
                let from_centre = distance(x, y);
                if from_centre <= inner {
                    disk |= bit;
                } else if ring_dots.contains(&(x as u32, y as u32)) {
                    ring |= bit;
                }
            }
            let cell = distance(f64::from(column) * 2.0 + 0.5, f64::from(row) * 4.0 + 1.5);
            let (dots, style) = match (disk, ring) {
                (0, 0) => continue,
                (0, ring) => (ring, look.style(Tone::Faint)),
                (disk, _) => (disk, shade(cell / outer.max(1.0), look)),
            };
            let ascii = if disk == 0 { "." } else { "o" };
            let letter = char::from_u32(0x2800 + dots).unwrap_or(' ');
            if let Some(cell) = buffer.cell_mut((place.x + column, place.y + row)) {
                if look.ascii { cell.set_symbol(ascii) } else { cell.set_char(letter) }.set_style(style);
            }
        }
    }
}

/// Brightest in the middle.
fn shade(distance: f64, look: &Look) -> Style {
    look.style(match distance {
        d if d < 0.3 => Tone::Bright,
        d if d < 0.65 => Tone::Warm,
        _ => Tone::Ember,
    })
}
