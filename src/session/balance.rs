//! Speech held against what lies under it.

use std::collections::BTreeMap;

use rayon::prelude::*;
use serde::Serialize;

use crate::{
    audio::{Decibels, Frames, SampleRate, Stereo},
    master::{Limiter, Meter},
    mix::{Mix, Stem},
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

impl Balance {
    /// Reads what is said, and all else while it is said.
    pub(super) fn measure(mix: &Mix<'_>, timeline: &Timeline) -> Self {
        let (mut speech, mut beds) = (Meter::without_range(timeline.rate), Meter::without_range(timeline.rate));
        let mut block = vec![Stereo::ZERO; BLOCK];
        let (mut step, mut step_at) = (0f32, Frames(0));
        for placement in &timeline.speech {
            let (mut at, end) = (placement.start.0, placement.end().0);
            while at < end {
                let count = (end - at).min(BLOCK as u64) as usize;
                for (stems, meter) in
                    [(&[Stem::Speech][..], &mut speech), (&[Stem::Beds, Stem::Bells, Stem::Tones], &mut beds)]
                {
                    mix.read_stems(stems, Frames(at), &mut block[..count]);
                    meter.add(&block[..count]);
                }
                at += count as u64;
            }
            for join in [placement.start, placement.end()] {
                let mut pair = [Stereo::ZERO; 2];
                match join.0.checked_sub(1) {
                    Some(before) => mix.read_stems(&[Stem::Speech], Frames(before), &mut pair),
                    None => mix.read_stems(&[Stem::Speech], join, &mut pair[1..]),
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

/// How far a voice may be taken from the loudness of its preset for the sake of the RMS, in dB.
const REACH: f64 = 8.0;

/// The change of level, in dB, with which the RMS of the speech over the whole session, pauses and all, comes between two
/// bounds in dBFS once the limiter has had its part of it: as little as will do, and 8 dB at most.
pub(super) fn change_for_rms(
    (low, high): (f64, f64),
    ceiling: Decibels,
    timeline: &Timeline,
    takes: &Takes,
    gains: &[f32],
) -> f64 {
    // What is said again is as loud as the first time.
    let mut said: BTreeMap<(usize, u32), u32> = BTreeMap::new();
    for placement in &timeline.speech {
        let gain = gains[placement.utterance] * placement.gain;
        *said.entry((placement.utterance, gain.to_bits())).or_default() += 1;
    }
    let said: Vec<_> = said.into_iter().collect();
    let rms = |change: f64| {
        let power = |&((utterance, gain), times): &((usize, u32), u32)| {
            let gain = f32::from_bits(gain) * Decibels(change as f32).amplitude();
            f64::from(times) * limited_power(timeline.rate, ceiling, takes, utterance, gain)
        };
        // Summed in order, so that threads make no difference.
        let powers: Vec<f64> = said.par_iter().map(power).collect();
        10.0 * (powers.iter().sum::<f64>() / timeline.length.0.max(1) as f64).log10()
    };
    let mut change = 0.0;
    // A limiter gives less than is put in, so each step falls short and the next one is shorter.
    for _ in 0..6 {
        let rms = rms(change);
        let missing = rms.clamp(low, high) - rms;
        if !missing.is_finite() || missing.abs() < 0.02 {
            break;
        }
        change = (change + missing).clamp(-REACH, REACH);
    }
    change
}

/// The sum of the squares of an utterance's samples behind the limiter.
fn limited_power(rate: SampleRate, ceiling: Decibels, takes: &Takes, utterance: usize, gain: f32) -> f64 {
    let mut limiter = Limiter::new(rate, ceiling, Limiter::LOOKAHEAD);
    let mut samples = vec![0f32; BLOCK];
    let mut frames = Vec::with_capacity(BLOCK);
    let power = |frames: &[Stereo]| frames.iter().map(|frame| f64::from(frame.left).powi(2)).sum::<f64>();
    let (mut at, mut sum, length) = (0, 0.0, takes.lengths()[utterance].0);
    while at < length {
        let count = (length - at).min(BLOCK as u64) as usize;
        takes.read(utterance, Frames(at), &mut samples[..count]);
        frames.clear();
        frames.extend(samples[..count].iter().map(|sample| Stereo::mono(sample * gain)));
        sum += power(limiter.process(&mut frames));
        at += count as u64;
    }
    sum + power(&limiter.finish())
}
