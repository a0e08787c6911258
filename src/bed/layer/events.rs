//! Sounds that fall at random: drops, crackles, bubbles, birds, bowls, heartbeats.

use super::Layer;
use crate::bed::generate::{fork, unit};

/// Short sounds strewn over time.
///
/// Time is cut into slots; what happens in a slot is drawn from its index, so any segment can find the sounds that
/// reach into it.
#[derive(Debug, Clone)]
pub(in crate::bed) struct Events {
    /// The sounds, one of which is drawn; each is a pair of channels of the same length.
    pub(in crate::bed) grains: Vec<[Vec<f32>; 2]>,
    /// Frames of a slot.
    pub(in crate::bed) slot: f64,
    /// Sounds in a slot, on average.
    pub(in crate::bed) per_slot: f32,
    /// How much of a slot an only sound may move within, 0 to 1: 0 is a clock.
    pub(in crate::bed) jitter: f32,
    /// The quietest, relative to the loudest; most are quiet, and few loud.
    pub(in crate::bed) quietest: f32,
    /// How far to the sides they fall, 0 to 1.
    pub(in crate::bed) width: f32,
    /// What their randomness is drawn from.
    pub(in crate::bed) key: u64,
}

impl Layer for Events {
    fn segment(&self, start: u64, left: &mut [f32], right: &mut [f32]) {
        let longest = self.grains.iter().map(|grain| grain[0].len()).max().unwrap_or(0) as u64;
        let end = start + left.len() as u64;
        let first = (start.saturating_sub(longest) as f64 / self.slot).floor() as u64;
        let last = (end as f64 / self.slot).floor() as u64;
        for slot in first.saturating_sub(1)..=last {
            let key = fork(self.key, slot);
            // A count between the neighbours of the average; a rate below one leaves slots empty.
            let count = if (self.per_slot - 1.0).abs() < f32::EPSILON {
                1
            } else {
                (self.per_slot * 2.0 * unit(key, 0) + unit(key, 1) - 0.5).round().max(0.0) as u64
            };
            for event in 0..count {
                self.add(slot, fork(key, event + 2), start, left, right);
            }
        }
    }
}

impl Events {
    fn add(&self, slot: u64, key: u64, start: u64, left: &mut [f32], right: &mut [f32]) {
        let at = ((slot as f64 + f64::from(self.jitter * unit(key, 0))) * self.slot) as u64;
        let which = (unit(key, 1) * self.grains.len() as f32) as usize;
        let Some(grain) = self.grains.get(which) else { return };
        // Far sounds are more than near ones: the square draws most levels to the quiet end.
        let near = unit(key, 2);
        let level = self.quietest + (1.0 - self.quietest) * near * near;
        let angle = std::f32::consts::FRAC_PI_4 * (1.0 + self.width * (2.0 * unit(key, 3) - 1.0));
        let gains = [level * angle.cos() * std::f32::consts::SQRT_2, level * angle.sin() * std::f32::consts::SQRT_2];
        for (channel, (out, gain)) in [left, right].into_iter().zip(gains).enumerate() {
            let (skip_out, skip_grain) =
                if at >= start { ((at - start) as usize, 0) } else { (0, (start - at) as usize) };
            let (Some(out), Some(grain)) = (out.get_mut(skip_out..), grain[channel].get(skip_grain..)) else {
                continue;
            };
            out.iter_mut().zip(grain).for_each(|(o, g)| *o += g * gain);
        }
    }
}
