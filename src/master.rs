//! Brings a finished mix to its level: how loud the speech is, how high the peaks may be.

mod limiter;
mod loudness;
mod report;

use std::str::FromStr;

pub use limiter::Limiter;
pub use loudness::{Loudness, Meter, SpeechMeter};
pub use report::{Report, Survey};

use crate::audio::{Decibels, SampleRate, Stereo};

/// The levels that a session is brought to.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Target {
    /// Loudness of the speech alone in LUFS.
    pub loudness_lufs: f64,
    /// The ceiling of the true peak in dBTP.
    pub true_peak_dbtp: f64,
    /// The least and the most RMS of the whole in dBFS, pauses and all; the loudness gives way to it.
    pub rms_dbfs: Option<(f64, f64)>,
}

/// Levels that are known by a name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Preset {
    /// A guided session: -18 LUFS, -1 dBTP.
    #[default]
    Session,
    /// A podcast: -16 LUFS, -1 dBTP.
    Podcast,
    /// An audiobook by the rules of ACX: RMS between -23 and -18 dB, peak -3 dB, noise floor -60 dB.
    Acx,
    /// Broadcast by EBU R 128: -23 LUFS, -1 dBTP.
    R128,
}

impl Preset {
    /// Every preset, in the order in which they are listed.
    pub const ALL: [Self; 4] = [Self::Session, Self::Podcast, Self::Acx, Self::R128];

    /// The name by which it is asked for.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Session => "session",
            Self::Podcast => "podcast",
            Self::Acx => "acx",
            Self::R128 => "r128",
        }
    }

    /// Its levels.
    #[must_use]
    pub fn target(self) -> Target {
        let (loudness_lufs, true_peak_dbtp, rms_dbfs) = match self {
            Self::Session => (-18.0, -1.0, None),
            Self::Podcast => (-16.0, -1.0, None),
            // ACX measures RMS over everything, the pauses too; a little inside of its -23 to -18.
            Self::Acx => (-19.0, -3.0, Some((-22.8, -18.3))),
            Self::R128 => (-23.0, -1.0, None),
        };
        Target { loudness_lufs, true_peak_dbtp, rms_dbfs }
    }
}

/// A name that no preset has.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("there is no level preset '{given}'; there are session, podcast, acx and r128")]
pub struct UnknownPreset {
    /// What was asked for.
    pub given: String,
}

impl FromStr for Preset {
    type Err = UnknownPreset;

    fn from_str(name: &str) -> Result<Self, Self::Err> {
        let known = Self::ALL.into_iter().find(|preset| preset.name().eq_ignore_ascii_case(name));
        known.ok_or_else(|| UnknownPreset { given: name.to_owned() })
    }
}

/// The gain that brings speech of the loudness `measured` to `target`, both in LUFS: within -60 and +24 dB, and none
/// for silence.
#[must_use]
pub fn speech_gain(measured: Option<f64>, target: f64) -> Decibels {
    match measured {
        Some(lufs) if (target - lufs).is_finite() => Decibels((target - lufs).clamp(-60.0, 24.0) as f32),
        _ => Decibels::UNITY,
    }
}

/// The last stage before a sink: a limiter, and a meter behind it.
pub struct Master {
    limiter: Limiter,
    meter: Option<Meter>,
}

impl Master {
    /// A master that keeps the target's true peak.
    #[must_use]
    pub fn new(rate: SampleRate, target: Target) -> Self {
        Self::with_ceiling(rate, Decibels(target.true_peak_dbtp as f32))
    }

    /// A master that keeps the true peak to a ceiling in dBTP.
    #[must_use]
    pub fn with_ceiling(rate: SampleRate, ceiling: Decibels) -> Self {
        Self { limiter: Limiter::new(rate, ceiling, Limiter::LOOKAHEAD), meter: None }
    }

    /// The same, measuring what comes out.
    #[must_use]
    pub fn measured(mut self, rate: SampleRate) -> Self {
        self.meter = Some(Meter::without_range(rate));
        self
    }

    /// Takes a block of the mix and gives, in its place, the frames that are ready for the sink: at first fewer than
    /// came in, then as many.
    pub fn process<'a>(&mut self, block: &'a mut [Stereo]) -> &'a [Stereo] {
        let ready = self.limiter.process(block);
        if let Some(meter) = &mut self.meter {
            meter.add(ready);
        }
        ready
    }

    /// The frames that are still missing, and what was measured of all.
    #[must_use]
    pub fn finish(mut self) -> (Vec<Stereo>, Option<Loudness>) {
        let rest = self.limiter.finish();
        if let Some(meter) = &mut self.meter {
            meter.add(&rest);
        }
        (rest, self.meter.map(|meter| meter.measure()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn speech_is_raised_or_lowered_by_the_difference_within_sane_bounds() {
        assert_eq!(speech_gain(Some(-25.0), -18.0), Decibels(7.0));
        assert_eq!(speech_gain(Some(-10.0), -18.0), Decibels(-8.0));
        assert_eq!(speech_gain(Some(-69.0), -18.0), Decibels(24.0));
        assert_eq!(speech_gain(None, -18.0), Decibels::UNITY);
        assert_eq!(speech_gain(Some(f64::NAN), -18.0), Decibels::UNITY);
        assert_eq!(speech_gain(Some(f64::NEG_INFINITY), -18.0), Decibels::UNITY);
    }

    #[test]
    fn presets_are_known_by_their_names() {
        for preset in Preset::ALL {
            assert_eq!(preset.name().parse(), Ok(preset));
        }
        assert_eq!(
            "loud".parse::<Preset>().unwrap_err().to_string(),
            "there is no level preset 'loud'; there are session, podcast, acx and r128"
        );
    }

    #[test]
    fn a_master_gives_every_frame_that_it_takes_and_measures_them() {
        let mut frames: Vec<_> = (0..96_000).map(|i| Stereo::mono((i as f32 * 0.05).sin() * 0.5)).collect();
        let whole = frames.clone();
        let mut master = Master::new(SampleRate::HZ_48000, Preset::Session.target()).measured(SampleRate::HZ_48000);
        let mut out = master.process(&mut frames).to_vec();
        let (rest, loudness) = master.finish();
        out.extend(rest);
        assert_eq!(out, whole);
        let mut meter = Meter::without_range(SampleRate::HZ_48000);
        meter.add(&whole);
        assert_eq!(loudness, Some(meter.measure()));
    }
}
