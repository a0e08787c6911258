//! Loudness and peaks after ITU-R BS.1770-4, EBU R 128 and EBU Tech 3342.

use ebur128::{Channel, EbuR128, Mode};

use crate::audio::{SampleRate, Stereo};

/// Frames that are handed over at a time.
const CHUNK: usize = 1024;

/// What was measured of a piece of sound.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Loudness {
    /// Gated loudness of the whole in LUFS; none when nothing is above the gate at -70 LUFS, or it is shorter than
    /// 400 ms.
    pub integrated: Option<f64>,
    /// Loudness range in LU; 0 when there is too little to tell.
    pub range: f64,
    /// The highest point between the samples in dBTP; minus infinity for silence.
    pub true_peak: f64,
    /// The highest sample in dBFS; minus infinity for silence.
    pub sample_peak: f64,
}

/// The most that the interpolation of ebur128 can raise a peak by, with room to spare: the sum of its taps in one phase is near 2.
const RISE: f32 = 3.0;

/// Frames that reach into the interpolation from before a chunk: it has 49 taps at four times the rate.
const REACH: usize = 64;

/// Measures a stereo stream, block by block. A sample that is not finite counts as silence.
///
/// Peaks between samples are looked for only where they could be the highest so far, which is seldom.
pub struct Meter {
    // None only for a rate that a `SampleRate` cannot hold.
    inner: Option<EbuR128>,
    peaks: Option<EbuR128>,
    /// The highest peak so far, as an amplitude.
    highest: f64,
    /// Whether the last chunk was passed over.
    behind: bool,
    /// The last frames that were heard.
    tail: [Box<[f32; REACH]>; 2],
    left: Box<[f32; CHUNK]>,
    right: Box<[f32; CHUNK]>,
}

impl Meter {
    /// A meter that has heard nothing.
    #[must_use]
    pub fn new(rate: SampleRate) -> Self {
        Self::with(rate, Mode::I | Mode::LRA | Mode::SAMPLE_PEAK)
    }

    /// The same without a loudness range, which takes as long as the rest.
    #[must_use]
    pub fn without_range(rate: SampleRate) -> Self {
        Self::with(rate, Mode::I | Mode::SAMPLE_PEAK)
    }

    /// The same that also knows the loudness of the last three seconds.
    #[must_use]
    pub fn short_term(rate: SampleRate) -> Self {
        Self::with(rate, Mode::I | Mode::S | Mode::SAMPLE_PEAK)
    }

    fn with(rate: SampleRate, mode: Mode) -> Self {
        Self {
            inner: EbuR128::new(2, rate.hertz(), mode).ok(),
            peaks: EbuR128::new(2, rate.hertz(), Mode::TRUE_PEAK).ok(),
            highest: 0.0,
            behind: false,
            tail: [Box::new([0.0; REACH]), Box::new([0.0; REACH])],
            left: Box::new([0.0; CHUNK]),
            right: Box::new([0.0; CHUNK]),
        }
    }

    /// Hears the next block.
    pub fn add(&mut self, block: &[Stereo]) {
        for chunk in block.chunks(CHUNK) {
            let mut peak = 0f32;
            for ((frame, left), right) in chunk.iter().zip(&mut *self.left).zip(&mut *self.right) {
                *left = finite(frame.left);
                *right = finite(frame.right);
                peak = peak.max(left.abs()).max(right.abs());
            }
            self.hear(chunk.len(), peak);
        }
    }

    fn hear(&mut self, count: usize, peak: f32) {
        let heard: [&[f32]; 2] = [&self.left[..count], &self.right[..count]];
        if let Some(inner) = &mut self.inner {
            // Fails only when the two lengths differ, as do the others.
            let _ = inner.add_frames_planar_f32(&heard);
        }
        if let Some(peaks) = &mut self.peaks {
            if f64::from(peak * RISE) > self.highest {
                if self.behind {
                    let _ = peaks.add_frames_planar_f32(&[&self.tail[0][..], &self.tail[1][..]]);
                }
                let _ = peaks.add_frames_planar_f32(&heard);
                let channels = (0..2).filter_map(|channel| peaks.true_peak(channel).ok());
                self.highest = channels.fold(self.highest, f64::max);
                self.behind = false;
            } else {
                self.behind = true;
            }
        }
        let kept = count.min(REACH);
        for (tail, heard) in self.tail.iter_mut().zip(heard) {
            tail.rotate_left(kept);
            tail[REACH - kept..].copy_from_slice(&heard[count - kept..]);
        }
    }

    /// The loudness of the last three seconds in LUFS, not gated (short-term, EBU Tech 3341); none for silence, and from a meter
    /// that was not made for it. Before three seconds have passed, what is missing counts as silence.
    #[must_use]
    pub fn last_three_seconds(&self) -> Option<f64> {
        self.inner.as_ref().and_then(|inner| inner.loudness_shortterm().ok()).filter(|lufs| lufs.is_finite())
    }

    /// What was heard so far.
    #[must_use]
    pub fn measure(&self) -> Loudness {
        let inner = self.inner.as_ref();
        let peaks = inner.into_iter().flat_map(|inner| (0..2).filter_map(|channel| inner.sample_peak(channel).ok()));
        Loudness {
            integrated: integrated(inner),
            range: inner.and_then(|inner| inner.loudness_range().ok()).filter(|lu| lu.is_finite()).unwrap_or(0.0),
            true_peak: 20.0 * self.highest.log10(),
            sample_peak: 20.0 * peaks.fold(0.0, f64::max).log10(),
        }
    }
}

/// Measures speech alone: mono takes, one after another, that will be heard in both channels.
pub struct SpeechMeter {
    inner: Option<EbuR128>,
    samples: Box<[f32; CHUNK]>,
}

impl SpeechMeter {
    /// A meter that has heard nothing.
    #[must_use]
    pub fn new(rate: SampleRate) -> Self {
        let mut inner = EbuR128::new(1, rate.hertz(), Mode::I).ok();
        if let Some(inner) = &mut inner {
            // One channel played by two speakers is 3 dB louder; fails only for a channel that is not there.
            let _ = inner.set_channel(0, Channel::DualMono);
        }
        Self { inner, samples: Box::new([0.0; CHUNK]) }
    }

    /// Hears the next take.
    pub fn add(&mut self, samples: &[f32]) {
        let Some(inner) = &mut self.inner else { return };
        for chunk in samples.chunks(CHUNK) {
            for (&sample, kept) in chunk.iter().zip(&mut *self.samples) {
                *kept = finite(sample);
            }
            // Fails only for half a frame, which one channel cannot have.
            let _ = inner.add_frames_f32(&self.samples[..chunk.len()]);
        }
    }

    /// The gated loudness of what was heard so far in LUFS; none when nothing is above the gate.
    #[must_use]
    pub fn integrated(&self) -> Option<f64> {
        integrated(self.inner.as_ref())
    }
}

fn finite(sample: f32) -> f32 {
    if sample.is_finite() { sample } else { 0.0 }
}

fn integrated(inner: Option<&EbuR128>) -> Option<f64> {
    inner.and_then(|inner| inner.loudness_global().ok()).filter(|lufs| lufs.is_finite())
}

#[cfg(test)]
mod tests {
    use super::*;

    const RATE: SampleRate = SampleRate::HZ_48000;

    fn sine(seconds: usize, amplitude: f32) -> Vec<f32> {
        (0..48_000 * seconds).map(|i| amplitude * (std::f32::consts::TAU * (i % 48) as f32 / 48.0).sin()).collect()
    }

    #[test]
    fn silence_has_no_loudness_and_no_peak() {
        let mut meter = Meter::new(RATE);
        meter.add(&[Stereo::ZERO; 48_000]);
        let expected =
            Loudness { integrated: None, range: 0.0, true_peak: f64::NEG_INFINITY, sample_peak: f64::NEG_INFINITY };
        assert_eq!(meter.measure(), expected);
        assert_eq!(Meter::new(RATE).measure(), expected);
        assert_eq!(SpeechMeter::new(RATE).integrated(), None);
    }

    #[test]
    fn passing_quiet_chunks_over_changes_no_true_peak() {
        let mut all = EbuR128::new(2, 48_000, Mode::TRUE_PEAK).unwrap();
        let mut meter = Meter::without_range(RATE);
        // Sound that swells and goes, with its highest points between samples and behind a quiet part.
        for i in 0..200usize {
            let amplitude = [0.9, 0.01, 0.02, 0.95, 0.3][i % 5] * (1.0 + i as f32 / 4000.0);
            let wave = |n: usize| amplitude * (std::f32::consts::TAU * (n as f32 * 0.25 + 0.125)).sin();
            let block: Vec<f32> = (0..700).map(|n| wave(n + i)).collect();
            all.add_frames_planar_f32(&[&block, &block]).unwrap();
            meter.add(&block.iter().map(|s| Stereo::mono(*s)).collect::<Vec<_>>());
        }
        let expected = 20.0 * all.true_peak(0).unwrap().log10();
        assert!((meter.measure().true_peak - expected).abs() < 1e-3, "{} {expected}", meter.measure().true_peak);
    }

    #[test]
    fn a_mono_take_measures_as_the_same_sound_in_both_channels() {
        let samples = sine(3, 0.25);
        let mut speech = SpeechMeter::new(RATE);
        let mut stereo = Meter::new(RATE);
        for part in samples.chunks(777) {
            speech.add(part);
            stereo.add(&part.iter().map(|&s| Stereo::mono(s)).collect::<Vec<_>>());
        }
        let stereo = stereo.measure();
        assert!((speech.integrated().unwrap() - stereo.integrated.unwrap()).abs() < 1e-9);
        // A sine of 1 kHz at -12.04 dBFS in both channels is -12 LUFS.
        assert!((stereo.integrated.unwrap() + 12.04).abs() < 0.05, "{stereo:?}");
        assert!((stereo.sample_peak + 12.04).abs() < 0.01, "{stereo:?}");
    }

    #[test]
    fn samples_that_are_no_numbers_count_as_silence() {
        let mut meter = Meter::new(RATE);
        let mut frames: Vec<_> = sine(3, 0.25).into_iter().map(Stereo::mono).collect();
        frames[1000] = Stereo { left: f32::NAN, right: f32::INFINITY };
        meter.add(&frames);
        let loudness = meter.measure();
        assert!((loudness.integrated.unwrap() + 12.04).abs() < 0.05, "{loudness:?}");
        assert!(loudness.true_peak < -10.0, "{loudness:?}");
    }
}
