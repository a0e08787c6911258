//! What a listener or a publisher wants to know about a finished piece of sound.

use serde::Serialize;

use super::{Meter, Preset};
use crate::audio::{SampleRate, Stereo};

/// Below this level in dBFS both channels count as silent.
const SILENCE_DBFS: f64 = -70.0;
/// Sections of a noise-floor window; the window moves by one section at a time.
const SECTIONS: usize = 4;

/// What was measured of a finished piece of sound.
///
/// Levels are in decibels; of silence they are minus infinity, which JSON writes as null.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Report {
    /// Length in seconds.
    pub seconds: f64,
    /// Frames a second.
    pub rate: u32,
    /// Gated loudness of the whole in LUFS; none for silence.
    pub integrated_lufs: Option<f64>,
    /// Loudness range in LU.
    pub range_lu: f64,
    /// The highest point between the samples in dBTP.
    pub true_peak_dbtp: f64,
    /// The highest sample in dBFS.
    pub sample_peak_dbfs: f64,
    /// RMS of both channels over the whole, pauses and all, in dBFS (a full-scale square wave is 0).
    pub rms_dbfs: f64,
    /// RMS of the quietest 400 ms in dBFS; the RMS of the whole where that is shorter.
    pub noise_floor_dbfs: f64,
    /// The longest stretch in seconds in which both channels stay below -70 dBFS.
    pub longest_silence_seconds: f64,
    /// Samples at or beyond the highest that 16 bits can hold.
    pub clipped_samples: u64,
    /// The means of the left and the right channel, relative to full scale.
    pub dc: [f64; 2],
    /// The largest difference between two neighbouring samples of a channel, relative to full scale.
    pub largest_step: f64,
    /// Where the largest step arrives, in seconds.
    pub largest_step_at: f64,
    /// Samples that are infinite or no numbers; they were measured as silence.
    pub broken_samples: u64,
}

impl Report {
    /// What stands against a preset's rules, one sentence each; nothing when all are met.
    ///
    /// The loudness of a session's speech cannot be told from the finished mix, so `session` looks at peaks alone.
    #[must_use]
    pub fn gate(&self, preset: Preset) -> Vec<String> {
        let mut failures = Vec::new();
        let mut check = |passed: bool, failure: String| {
            if !passed {
                failures.push(failure);
            }
        };
        let ceiling = preset.target().true_peak_dbtp;
        let peak = self.true_peak_dbtp;
        check(peak <= ceiling + 0.05, format!("true peak is {peak:.1} dBTP, and at most {ceiling:.1} is allowed"));
        let clipped = self.clipped_samples;
        check(clipped == 0, format!("{clipped} samples are clipped"));
        let broken = self.broken_samples;
        check(broken == 0, format!("{broken} samples are no numbers"));
        let loudness = match preset {
            Preset::Session | Preset::Acx => None,
            Preset::Podcast => Some((-16.0, 1.0)),
            // EBU R 128 (2023) allows 0.5 LU of deviation where the target cannot be met exactly.
            Preset::R128 => Some((-23.0, 0.5)),
        };
        if let Some((target, tolerance)) = loudness {
            match self.integrated_lufs {
                Some(lufs) => check(
                    (lufs - target).abs() <= tolerance,
                    format!("loudness is {lufs:.1} LUFS, and {target:.1} within {tolerance:.1} is asked for"),
                ),
                None => check(false, format!("it is silent, and {target:.1} LUFS is asked for")),
            }
        }
        if preset == Preset::Acx {
            let (rms, floor) = (self.rms_dbfs, self.noise_floor_dbfs);
            check((-23.0..=-18.0).contains(&rms), format!("RMS is {rms:.1} dB, and between -23 and -18 is asked for"));
            check(floor <= -60.0, format!("the noise floor is {floor:.1} dB, and at most -60 is allowed"));
        }
        failures
    }
}

/// Collects a [`Report`] from a stream, block by block.
pub struct Survey {
    rate: SampleRate,
    meter: Meter,
    frames: u64,
    sum: [f64; 2],
    power: f64,
    /// Power of the section that is being filled, and its length in frames.
    section: f64,
    section_len: u64,
    /// Powers of the last whole sections, in a ring, and how many there were.
    sections: [f64; SECTIONS],
    section_count: usize,
    quietest: f64,
    silence: u64,
    longest_silence: u64,
    clipped: u64,
    last: Option<Stereo>,
    step: f32,
    step_at: u64,
    broken: u64,
}

impl Survey {
    /// A survey of nothing yet.
    #[must_use]
    pub fn new(rate: SampleRate) -> Self {
        Self {
            rate,
            meter: Meter::new(rate),
            frames: 0,
            sum: [0.0; 2],
            power: 0.0,
            section: 0.0,
            // Four sections are 400 ms.
            section_len: u64::from(rate.hertz() / 10),
            sections: [0.0; SECTIONS],
            section_count: 0,
            quietest: f64::INFINITY,
            silence: 0,
            longest_silence: 0,
            clipped: 0,
            last: None,
            step: 0.0,
            step_at: 0,
            broken: 0,
        }
    }

    /// Hears the next block.
    pub fn add(&mut self, block: &[Stereo]) {
        // The largest 16-bit number; dithered full scale comes to it.
        const CLIP: f32 = 32_767.0 / 32_768.0;
        let silent = 10f32.powf(SILENCE_DBFS as f32 / 20.0);
        self.meter.add(block);
        for &frame in block {
            let [left, right] = [frame.left, frame.right].map(|sample| {
                self.clipped += u64::from(sample.abs() >= CLIP);
                self.broken += u64::from(!sample.is_finite());
                if sample.is_finite() { sample } else { 0.0 }
            });
            self.sum[0] += f64::from(left);
            self.sum[1] += f64::from(right);
            self.section += f64::from(left) * f64::from(left) + f64::from(right) * f64::from(right);
            self.silence = if left.abs().max(right.abs()) < silent { self.silence + 1 } else { 0 };
            self.longest_silence = self.longest_silence.max(self.silence);
            if let Some(last) = self.last {
                let step = (left - last.left).abs().max((right - last.right).abs());
                if step > self.step {
                    (self.step, self.step_at) = (step, self.frames);
                }
            }
            self.last = Some(Stereo { left, right });
            self.frames += 1;
            if self.frames.is_multiple_of(self.section_len) {
                self.end_section();
            }
        }
    }

    fn end_section(&mut self) {
        self.power += self.section;
        self.sections[self.section_count % SECTIONS] = self.section;
        self.section_count += 1;
        self.section = 0.0;
        if self.section_count >= SECTIONS {
            let window = self.sections.iter().sum::<f64>() / (self.section_len * 2 * SECTIONS as u64) as f64;
            self.quietest = self.quietest.min(window);
        }
    }

    /// The report of what was heard so far.
    #[must_use]
    pub fn report(&self) -> Report {
        let loudness = self.meter.measure();
        let count = self.frames.max(1) as f64;
        let rms = (self.power + self.section) / (2.0 * count);
        let seconds = |frames: u64| frames as f64 / f64::from(self.rate.hertz());
        Report {
            seconds: seconds(self.frames),
            rate: self.rate.hertz(),
            integrated_lufs: loudness.integrated,
            range_lu: loudness.range,
            true_peak_dbtp: loudness.true_peak,
            sample_peak_dbfs: loudness.sample_peak,
            rms_dbfs: 10.0 * rms.log10(),
            noise_floor_dbfs: 10.0 * if self.quietest.is_finite() { self.quietest } else { rms }.log10(),
            longest_silence_seconds: seconds(self.longest_silence),
            clipped_samples: self.clipped,
            dc: self.sum.map(|sum| sum / count),
            largest_step: f64::from(self.step),
            largest_step_at: seconds(self.step_at),
            broken_samples: self.broken,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const RATE: SampleRate = SampleRate::HZ_48000;

    fn report(frames: &[Stereo]) -> Report {
        let mut survey = Survey::new(RATE);
        for part in frames.chunks(999) {
            survey.add(part);
        }
        survey.report()
    }

    fn square(frames: usize, level: f32) -> Vec<Stereo> {
        (0..frames).map(|i| Stereo::mono(if i % 96 < 48 { level } else { -level })).collect()
    }

    #[test]
    fn a_square_wave_around_a_pause_is_measured_exactly() {
        let mut frames = square(48_000, 0.125);
        frames.extend([Stereo::ZERO; 96_000]);
        frames.extend(square(48_000, 0.125));
        let report = report(&frames);
        assert!((report.seconds - 4.0).abs() < 1e-12);
        // Half of the time at -18.06 dB.
        assert!((report.rms_dbfs + 21.07).abs() < 0.01, "{report:?}");
        assert!((report.longest_silence_seconds - 2.0).abs() < 1e-12);
        assert_eq!(report.noise_floor_dbfs, f64::NEG_INFINITY);
        assert!((report.largest_step - 0.25).abs() < 1e-12);
        assert!((report.largest_step_at - 0.001).abs() < 1e-12);
        assert_eq!((report.clipped_samples, report.broken_samples, report.dc), (0, 0, [0.0, 0.0]));
    }

    #[test]
    fn the_noise_floor_is_the_quietest_400_ms() {
        let mut frames = square(48_000, 0.125);
        frames.extend(square(24_000, 0.001));
        frames.extend(square(48_000, 0.125));
        assert!((report(&frames).noise_floor_dbfs + 60.0).abs() < 0.01);
        // Shorter than that is no floor.
        let mut frames = square(48_000, 0.125);
        frames.extend(square(9600, 0.001));
        frames.extend(square(48_000, 0.125));
        assert!(report(&frames).noise_floor_dbfs > -22.0);
    }

    #[test]
    fn faults_are_counted_and_located() {
        let mut frames = vec![Stereo { left: 0.25, right: -0.125 }; 48_000];
        frames[4800] = Stereo { left: 1.0, right: -1.5 };
        frames[9600] = Stereo { left: f32::NAN, right: -0.125 };
        let report = report(&frames);
        assert_eq!((report.clipped_samples, report.broken_samples), (2, 1));
        assert!((report.largest_step - 1.375).abs() < 1e-12);
        assert!((report.largest_step_at - 0.1).abs() < 1e-12);
        assert!((report.dc[0] - 0.25).abs() < 1e-4 && (report.dc[1] + 0.125).abs() < 1e-4);
    }

    #[test]
    fn nothing_and_silence_are_reported_without_a_number_that_is_none() {
        for frames in [vec![], vec![Stereo::ZERO; 48_000]] {
            let report = report(&frames);
            assert_eq!(report.integrated_lufs, None);
            assert_eq!(report.rms_dbfs, f64::NEG_INFINITY);
            let json = serde_json::to_value(&report).unwrap();
            assert_eq!(json["rms_dbfs"], serde_json::Value::Null);
            assert_eq!(json["largest_step"], 0.0);
        }
    }

    #[test]
    fn gates_say_what_is_wrong_and_what_is_asked_for() {
        let loud = report(&square(96_000, 1.0));
        let failures = loud.gate(Preset::Acx);
        assert!(failures[0].starts_with("true peak is ") && failures[0].ends_with(", and at most -3.0 is allowed"));
        assert_eq!(
            failures[1..],
            [
                "192000 samples are clipped",
                "RMS is 0.0 dB, and between -23 and -18 is asked for",
                "the noise floor is 0.0 dB, and at most -60 is allowed",
            ]
        );
        let mut frames = square(480_000, 0.1);
        frames.extend([Stereo::ZERO; 48_000]);
        assert_eq!(report(&frames).gate(Preset::Acx), [""; 0]);
        assert_eq!(report(&frames).gate(Preset::Session), [""; 0]);
        assert_eq!(report(&[Stereo::ZERO; 48_000]).gate(Preset::R128), ["it is silent, and -23.0 LUFS is asked for"]);
    }
}
