//! Brainwave layers: two tones a beat apart, one in each ear, or one tone that comes and goes.

use crate::{
    audio::{Frames, SampleRate, Stereo, raised_cosine},
    script::ToneKind,
    timeline::Tone,
};
use std::f64::consts::TAU;

/// No tone begins or ends faster than this, in seconds.
const SHORTEST_FADE: f64 = 0.02;

/// How much of each beat of an isochronic tone it takes to come, and as much to go; it is heard for half of the beat.
const EDGE: f64 = 0.15;

/// A tone that can be read at any place. Its phase is worked out from the position, so it never drifts.
#[derive(Debug, Clone)]
pub(super) struct ToneLayer {
    tone: Tone,
    rate: f64,
    amplitude: f32,
    fade_in: u64,
    fade_out: u64,
}

impl ToneLayer {
    /// A layer of the amplitude of a full tone.
    pub(super) fn new(tone: &Tone, rate: SampleRate, amplitude: f32) -> Self {
        let hertz = f64::from(rate.hertz());
        let shortest = (SHORTEST_FADE * hertz) as u64;
        Self {
            tone: tone.clone(),
            rate: hertz,
            amplitude,
            fade_in: tone.fade_in.0.max(shortest),
            fade_out: tone.end.map_or(0, |(_, over)| over.0.max(shortest)),
        }
    }

    /// Frames in which it is heard: the first, and one past the last.
    pub(super) fn heard(&self) -> (u64, u64) {
        (self.tone.start.0, self.tone.end.map_or(u64::MAX, |(at, _)| at.0.saturating_add(self.fade_out)))
    }

    /// Its gain at a frame: in and out along half a cosine.
    pub(super) fn gain(&self, at: u64) -> f32 {
        let part = |passed: u64, whole: u64| (passed as f64 / whole.max(1) as f64) as f32;
        let rising = raised_cosine(part(at.saturating_sub(self.tone.start.0), self.fade_in));
        let falling = match self.tone.end {
            Some((end, _)) if at >= end.0 => 1.0 - raised_cosine(part(at - end.0, self.fade_out)),
            _ => 1.0,
        };
        self.amplitude * rising * falling
    }

    /// The frame at a position, of amplitude 1.
    pub(super) fn sample(&self, at: Frames) -> Stereo {
        let n = (at.0 - self.tone.start.0) as f64;
        let carrier = self.tone.carrier * n / self.rate;
        let beat = self.beats(n);
        let wave = |cycles: f64| (TAU * cycles.fract()).sin() as f32;
        match self.tone.kind {
            // Half of the beat below the carrier on the left, half above on the right.
            ToneKind::Binaural => Stereo { left: wave(carrier - beat / 2.0), right: wave(carrier + beat / 2.0) },
            ToneKind::Isochronic => Stereo::mono(wave(carrier) * pulse(beat.fract())),
        }
    }

    /// Cycles of the beat that have passed after `n` frames: the integral of its frequency.
    fn beats(&self, n: f64) -> f64 {
        let from = self.tone.beat;
        let cycles = match self.tone.glide {
            Some((to, Frames(over))) if over > 0 => {
                let over = over as f64;
                let gliding = n.min(over);
                from * gliding + (to - from) * gliding * gliding / (2.0 * over) + to * (n - gliding)
            }
            Some((to, _)) => to * n,
            None => from * n,
        };
        cycles / self.rate
    }
}

/// One beat of an isochronic tone, from 0 to 1: it comes, stays and goes in the first half and rests in the second.
fn pulse(phase: f64) -> f32 {
    let edge = phase.min(0.5 - phase) / EDGE;
    raised_cosine(edge.clamp(0.0, 1.0) as f32)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::audio::Decibels;

    fn layer(kind: ToneKind, glide: Option<(f64, Frames)>) -> ToneLayer {
        let tone = Tone {
            kind,
            carrier: 200.0,
            beat: 10.0,
            glide,
            level: Decibels(0.0),
            start: Frames(1000),
            fade_in: Frames(0),
            end: None,
        };
        ToneLayer::new(&tone, SampleRate::HZ_48000, 1.0)
    }

    /// The mean frequency in Hz over ten seconds, by how far the phase moves against a tone of `near` Hz.
    fn frequency(samples: &[f32], near: f64) -> f64 {
        let phase = |from: usize| {
            let (mut x, mut y) = (0.0, 0.0);
            for (n, sample) in samples.iter().enumerate().skip(from).take(48_000) {
                let (sin, cos) = (TAU * near * n as f64 / 48_000.0).sin_cos();
                x += f64::from(*sample) * cos;
                y += f64::from(*sample) * sin;
            }
            x.atan2(y)
        };
        let moved = (phase(samples.len() - 48_000) - phase(0) + 3.0 * TAU / 2.0).rem_euclid(TAU) - TAU / 2.0;
        near + moved / TAU / ((samples.len() - 48_000) as f64 / 48_000.0)
    }

    #[test]
    fn each_ear_hears_its_frequency_to_a_hundredth_of_a_hertz_after_ten_hours_too() {
        let binaural = layer(ToneKind::Binaural, None);
        for from in [1000, 48_000 * 36_000] {
            let frames: Vec<Stereo> = (0..480_000).map(|n| binaural.sample(Frames(from + n))).collect();
            let left: Vec<f32> = frames.iter().map(|frame| frame.left).collect();
            let right: Vec<f32> = frames.iter().map(|frame| frame.right).collect();
            assert!((frequency(&left, 195.0) - 195.0).abs() < 1e-4);
            assert!((frequency(&right, 205.0) - 205.0).abs() < 1e-4);
        }
    }

    #[test]
    fn a_beat_glides_to_another_and_stays_there_without_a_step() {
        let binaural = layer(ToneKind::Binaural, Some((4.0, Frames(480_000))));
        let read = |from: u64| (0..96_000).map(|n| binaural.sample(Frames(1000 + from + n)).right).collect::<Vec<_>>();
        assert!((frequency(&read(480_000), 202.0) - 202.0).abs() < 1e-4);
        // Half way it is half way.
        assert!((frequency(&read(192_000), 203.5) - 203.5).abs() < 0.1);
        let around = read(432_000);
        let steepest = around.windows(2).map(|pair| (pair[1] - pair[0]).abs()).fold(0.0, f32::max);
        assert!(f64::from(steepest) < TAU * 206.0 / 48_000.0, "{steepest}");
    }

    #[test]
    fn an_isochronic_tone_rests_for_half_of_each_beat() {
        let isochronic = layer(ToneKind::Isochronic, None);
        let frames: Vec<f32> = (0..4800).map(|n| isochronic.sample(Frames(1000 + n)).left).collect();
        assert!(frames[2400..].iter().all(|sample| *sample == 0.0));
        assert!(frames[..2400].iter().any(|sample| sample.abs() > 0.99));
    }
}
