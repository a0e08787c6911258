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

        let Some(&(first, _)) = spoken.first() else {
            return Curve::constant(if lifted(0, timeline.length.0) { self.lift.0.abs() } else { 0.0 });
        };
        let mut curve = Curve::constant(if first == 0 { depth } else { 0.0 });
        let lead = attack.min(first);
        curve.change(Frames(first - lead), Frames(lead), depth);
        for (i, &(_, end)) in spoken.iter().enumerate() {
            let next = spoken.get(i + 1).map(|(start, _)| *start);
            let top = if lifted(end, next.unwrap_or(timeline.length.0)) { self.lift.0.abs() } else { 0.0 };
            let Some(next) = next else {
                curve.change(Frames(end), Frames(release), top);
                break;
            };
            let attack = attack.min((next - end) / 2);
            let rise = release.min(next - end - attack);
            let reached = depth + (top - depth) * (rise as f32 / release as f32);
            curve.change(Frames(end), Frames(rise), reached);
            curve.change(Frames(next - attack), Frames(attack), depth);
        }
        curve
    }
}

/// Where something is said, gaps that are shorter than `hold` included.
fn joined(timeline: &Timeline, hold: u64) -> Vec<(u64, u64)> {
    let mut joined: Vec<(u64, u64)> = Vec::new();
    for placement in timeline.speech.iter().filter(|placement| placement.length > Frames(0)) {
        match joined.last_mut() {
            Some(last) if placement.start.0 < last.1 + hold => last.1 = placement.end().0,
            _ => joined.push((placement.start.0, placement.end().0)),
        }
    }
    joined
}
