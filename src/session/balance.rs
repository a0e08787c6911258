//! Speech held against what lies under it.

use serde::Serialize;

use crate::{
    audio::{Frames, Stereo},
    master::Meter,
    mix::Mix,
    speech::takes::Takes,
    timeline::Timeline,
};

/// Frames that are read at a time.
const BLOCK: usize = 1 << 14;

/// How speech stands to the rest of a session, before the limiter.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Balance {
    /// How much louder the speech is than all else while something is said, in LU; none when nothing else is heard then.
    pub speech_over_beds_lu: Option<f64>,
    /// The largest difference between neighbouring samples where speech begins or ends, relative to full scale.
    pub largest_step_at_joins: f64,
    /// Where that is, in seconds.
    pub largest_step_at_joins_at: f64,
}

/// The timeline with nothing but the speech.
pub(super) fn speech_alone(timeline: &Timeline) -> Timeline {
    Timeline { beds: Vec::new(), bells: Vec::new(), sounds: Vec::new(), tones: Vec::new(), ..timeline.clone() }
}

impl Balance {
    /// Reads what is said once with everything and once alone.
    pub(super) fn measure(whole: &Mix<'_>, alone: &Mix<'_>, timeline: &Timeline) -> Self {
        let (mut speech, mut beds) = (Meter::without_range(timeline.rate), Meter::without_range(timeline.rate));
        let (mut all, mut said) = (vec![Stereo::ZERO; BLOCK], vec![Stereo::ZERO; BLOCK]);
        let (mut step, mut step_at) = (0f32, Frames(0));
        for placement in &timeline.speech {
            let (mut at, end) = (placement.start.0, placement.end().0);
            while at < end {
                let count = (end - at).min(BLOCK as u64) as usize;
                whole.read(Frames(at), &mut all[..count]);
                alone.read(Frames(at), &mut said[..count]);
                for (frame, said) in all[..count].iter_mut().zip(&said) {
                    frame.left -= said.left;
                    frame.right -= said.right;
                }
                speech.add(&said[..count]);
                beds.add(&all[..count]);
                at += count as u64;
            }
            for join in [placement.start, placement.end()] {
                let mut pair = [Stereo::ZERO; 2];
                match join.0.checked_sub(1) {
                    Some(before) => alone.read(Frames(before), &mut pair),
                    None => alone.read(join, &mut pair[1..]),
                }
                let found = (pair[1].left - pair[0].left).abs().max((pair[1].right - pair[0].right).abs());
                if found > step {
                    (step, step_at) = (found, join);
                }
            }
        }
        let distance = speech.measure().integrated.zip(beds.measure().integrated).map(|(speech, beds)| speech - beds);
        Self {
            speech_over_beds_lu: distance,
            largest_step_at_joins: f64::from(step),
            largest_step_at_joins_at: timeline.rate.duration(step_at).as_secs_f64(),
        }
    }
}

/// RMS of the speech over the whole session in dBFS, pauses and all, with a gain for each utterance.
pub(super) fn rms(timeline: &Timeline, takes: &Takes, gains: &[f32]) -> f64 {
    let mut block = vec![0f32; BLOCK];
    let powers: Vec<f64> = takes
        .lengths()
        .iter()
        .enumerate()
        .map(|(i, length)| {
            let (mut at, mut power) = (0, 0.0);
            while at < length.0 {
                let count = (length.0 - at).min(BLOCK as u64) as usize;
                takes.read(i, Frames(at), &mut block[..count]);
                power += block[..count].iter().map(|sample| f64::from(*sample).powi(2)).sum::<f64>();
                at += count as u64;
            }
            power
        })
        .collect();
    let heard = |placement: &crate::timeline::Placement| {
        let gain = f64::from(gains[placement.utterance] * placement.gain);
        powers[placement.utterance] * gain * gain
    };
    10.0 * (timeline.speech.iter().map(heard).sum::<f64>() / timeline.length.0.max(1) as f64).log10()
}
