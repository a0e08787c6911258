//! How beds make room for speech: from where the speech is known to lie, not from a detector.

use super::curve::Curve;
use crate::{
    audio::{Decibels, Frames},
    timeline::Timeline,
};
use std::time::Duration;

/// Beds stay down across gaps that are shorter than this.
const HOLD: Duration = Duration::from_millis(800);

/// How beds move around speech.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Ducking {
    /// How far down while something is said, in dB above 0.
    pub depth: Decibels,
    /// How far up in silences, in dB above 0.
    pub lift: Decibels,
    /// How long the way down takes; it ends where the speech begins.
    pub attack: Duration,
    /// How long the way up takes; it begins where the speech ends.
    pub release: Duration,
}

impl Ducking {
    /// The gain of the beds in dB at each frame of a session.
    ///
    /// In a gap the beds rise once and fall once: to 0 dB, or to `lift` in a silence or a pause of three seconds or more, or as
    /// far as a short gap lets them at the same slope.
    #[must_use]
    pub fn curve(&self, timeline: &Timeline) -> Curve {
        let frames = |time| timeline.rate.frames(time).0;
        let (hold, attack, release) = (frames(HOLD), frames(self.attack), frames(self.release).max(1));
        let spoken = joined(timeline, hold);
        let depth = -self.depth.0.abs();
        let lifted = |from: u64, to: u64| {
            let next = timeline.lifts.partition_point(|lift| lift.end <= from);
            timeline.lifts.get(next).is_some_and(|lift| lift.start < to)
        };

        let Some(&Spoken { start: first, late, .. }) = spoken.first() else {
            return Curve::constant(if lifted(0, timeline.length.0) { self.lift.0.abs() } else { 0.0 });
        };
        let mut curve = Curve::constant(if first == 0 { depth } else { 0.0 });
        let lead = attack.min(first - late);
        curve.change(Frames(first - lead), Frames(lead), depth);
        for (i, &Spoken { end, .. }) in spoken.iter().enumerate() {
            let next = spoken.get(i + 1);
            let until = next.map_or(timeline.length.0, |next| next.start);
            let top = if lifted(end, until) { self.lift.0.abs() } else { 0.0 };
            let Some(&Spoken { start: next, late, .. }) = next else {
                curve.change(Frames(end), Frames(release), top);
                break;
            };
            // The beds wait with the words: what was heard before it was known how long is not changed by it.
            let gap = next - late - end;
            let attack = attack.min(gap / 2);
            let rise = release.min(gap - attack);
            let reached = depth + (top - depth) * (rise as f32 / release as f32);
            curve.change(Frames(end), Frames(rise), reached);
            curve.change(Frames(next - attack), Frames(attack), depth);
        }
        curve
    }
}

/// Frames in which something is said.
struct Spoken {
    start: u64,
    end: u64,
    /// How much longer than was asked for it was silent before.
    late: u64,
}

/// Where something is said, gaps that are shorter than `hold` included.
fn joined(timeline: &Timeline, hold: u64) -> Vec<Spoken> {
    let mut joined: Vec<Spoken> = Vec::new();
    for placement in timeline.speech.iter().filter(|placement| placement.length > Frames(0)) {
        let (start, end, late) = (placement.start.0, placement.end().0, placement.late.0);
        match joined.last_mut() {
            Some(last) if start - late < last.end + hold => last.end = end,
            _ => joined.push(Spoken { start, end, late }),
        }
    }
    joined
}
