//! Ambience: recipes that are made up as they are read, files that loop without a seam, and bells.

pub mod bell;
mod chapters;
mod decode;
mod error;
mod file;
mod generate;
mod layer;
#[cfg(feature = "opus")]
mod opus;
mod recipe;
mod riff;
mod seam;
mod sounds;
mod store;

pub use chapters::{chapters, is_sound};
pub use decode::{Told, hear, hear_from};
pub use error::BedError;
pub use file::LoopMode;
pub use recipe::{RecipeInfo, find, recipes};
pub use sounds::Sounds;

use crate::audio::{Frames, SampleRate, Stereo};
use std::{
    path::{Path, PathBuf},
    time::Duration,
};

/// Integrated loudness (ITU-R BS.1770) that every bed is brought to, in LUFS, so that a level in a script means the
/// same for rain and for birds.
pub const REFERENCE_LUFS: f64 = -23.0;

/// Where the noise of a room begins to fall more steeply, in Hz.
const ROOM_CORNER: f32 = 2_000.0;

/// Where a bed's sound comes from.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Source<'a> {
    /// A recipe by name: `NAME.toml` in the first of these folders that has it, else one that is built in.
    Recipe {
        /// The name, without `.toml`.
        name: &'a str,
        /// Folders of recipes, searched in order.
        dirs: &'a [PathBuf],
    },
    /// A sound file.
    File {
        /// A regular file: WAV, FLAC, Ogg Vorbis, MP3, AAC, M4A or AIFF.
        path: &'a Path,
        /// How it goes on past its end.
        looping: LoopMode,
        /// The part that is looped, from the start of the file; the file's own loop, or all of it, when there is none.
        points: Option<(Duration, Duration)>,
    },
}

/// An ambience, read by position alone: any block, by any thread, in any order.
#[derive(Debug)]
pub struct Bed {
    sound: Sound,
    warnings: Vec<String>,
}

#[derive(Debug)]
enum Sound {
    Made(generate::Generator),
    File(file::FileBed),
}

impl Bed {
    /// Opens a bed, and reads all of it that can be wrong.
    ///
    /// `seed` decides where drops fall and in which order a shuffled file is heard.
    ///
    /// # Errors
    ///
    /// When there is no such recipe or file, when it cannot be understood, or when there is no sound in it.
    pub fn open(source: Source<'_>, rate: SampleRate, seed: u64) -> Result<Self, BedError> {
        match source {
            Source::Recipe { name, dirs } => {
                let found = find(name, dirs)?;
                let mut warnings = Vec::new();
                let generator = recipe::build(&found, rate, seed, &mut warnings)?;
                Ok(Self { sound: Sound::Made(generator), warnings })
            }
            Source::File { path, looping, points } => {
                let (bed, warnings) = file::FileBed::open(path, looping, points, rate, seed)?;
                Ok(Self { sound: Sound::File(bed), warnings })
            }
        }
    }

    /// The noise of a quiet room, for a session that asks for one instead of digital silence.
    #[must_use]
    pub fn room(rate: SampleRate, seed: u64) -> Self {
        let noise = move |seed| {
            let noise = layer::Noise {
                colour: layer::Colour::Pink,
                low_pass: Some(ROOM_CORNER),
                high_pass: None,
                rate: rate.hertz() as f32,
                key: generate::fork(seed, 0x2003),
            };
            vec![generate::Part { layer: Box::new(noise), share: 1.0, measured: 3 }]
        };
        let generator = generate::Generator::measured_on(noise(seed), rate, move || noise(0));
        Self { sound: Sound::Made(generator), warnings: Vec::new() }
    }

    /// Works out now how loud its layers are, which the first reading of a recipe otherwise does.
    pub fn prepare(&self) {
        if let Sound::Made(generator) = &self.sound {
            generator.gains();
        }
    }

    /// Overwrites `out` with the bed from frame `at` on, at its reference level.
    pub fn read(&self, at: Frames, out: &mut [Stereo]) {
        match &self.sound {
            Sound::Made(generator) => generator.read(at, out),
            Sound::File(file) => file.read(at, out),
        }
    }

    /// How long it is, or nothing when it is endless.
    #[must_use]
    pub fn length(&self) -> Option<Frames> {
        match &self.sound {
            Sound::Made(_) => None,
            Sound::File(file) => file.length(),
        }
    }

    /// What is wrong with the sound though it can be used, one sentence each.
    #[must_use]
    pub fn warnings(&self) -> &[String] {
        &self.warnings
    }
}

/// The factor that brings a sound, read in pieces, to the reference loudness; nothing when it is silent.
fn reference_gain(rate: SampleRate, length: u64, mut read: impl FnMut(u64, &mut [Stereo])) -> Option<f32> {
    let mut meter = ebur128::EbuR128::new(2, rate.hertz(), ebur128::Mode::I).ok()?;
    let mut block = vec![Stereo::ZERO; generate::SEGMENT];
    let (mut left, mut right) = (Vec::new(), Vec::new());
    let (mut at, mut power) = (0u64, 0.0f64);
    while at < length {
        let count = (length - at).min(block.len() as u64) as usize;
        read(at, &mut block[..count]);
        left.clear();
        right.clear();
        for frame in &block[..count] {
            left.push(frame.left);
            right.push(frame.right);
            power += f64::from(frame.left).powi(2) + f64::from(frame.right).powi(2);
        }
        meter.add_frames_planar_f32(&[&left, &right]).ok()?;
        at += count as u64;
    }
    let mut loudness = meter.loudness_global().unwrap_or(f64::NEG_INFINITY);
    if !loudness.is_finite() {
        // Too short or too quiet for a gated measurement: its plain power, on the same scale.
        loudness = -0.691 + 10.0 * (power / length.max(1) as f64).log10();
    }
    loudness.is_finite().then(|| 10f64.powf((REFERENCE_LUFS - loudness).min(60.0) / 20.0) as f32)
}

#[cfg(test)]
mod tests;
