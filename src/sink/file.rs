//! Files of any format, told apart by their names.

use std::{
    fs,
    io::{Read, Write},
    path::Path,
};

#[cfg(feature = "flac")]
use super::{FlacOptions, FlacSink};
#[cfg(feature = "mp3")]
use super::{Mp3Options, Mp3Sink};
#[cfg(feature = "opus")]
use super::{OpusOptions, OpusSink};
use super::{Rf64, Samples, Sink, SinkError, Tags, WavOptions, WavSink, WavSpec, WavStream, Written};
use crate::audio::{Frames, SampleRate, Stereo};

/// What a file is written as.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    /// PCM or floating point in RIFF, or RF64 when it is long.
    Wav,
    /// Packed without loss.
    Flac,
    /// Opus in Ogg.
    Opus,
    /// MPEG layer 3.
    Mp3,
}

impl Format {
    /// Every format.
    pub const ALL: [Self; 4] = [Self::Wav, Self::Flac, Self::Opus, Self::Mp3];

    /// What it is called.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Wav => "WAV",
            Self::Flac => "FLAC",
            Self::Opus => "Opus",
            Self::Mp3 => "MP3",
        }
    }

    /// The format that an output's extension names. What is there and is no regular file, such as a pipe, gets WAV.
    ///
    /// # Errors
    ///
    /// When the extension is none of ours.
    pub fn of(path: &Path) -> Result<Self, SinkError> {
        let extension = path.extension().and_then(|extension| extension.to_str()).unwrap_or_default();
        let known = Self::ALL.into_iter().find(|format| format.name().eq_ignore_ascii_case(extension));
        match known {
            Some(format) => Ok(format),
            None if fs::metadata(path).is_ok_and(|found| !found.is_file()) => Ok(Self::Wav),
            None => Err(SinkError::UnknownFormat { path: path.to_owned() }),
        }
    }

    /// The format that a file's first bytes say, or none.
    #[must_use]
    pub fn found_in(path: &Path) -> Option<Self> {
        let mut head = [0u8; 4];
        fs::File::open(path).and_then(|mut file| file.read_exact(&mut head)).ok()?;
        match &head {
            b"RIFF" | b"RF64" => Some(Self::Wav),
            b"fLaC" => Some(Self::Flac),
            b"OggS" => Some(Self::Opus),
            // A tag, or the eleven ones with which a frame begins, and then layer 3.
            [b'I', b'D', b'3', _] => Some(Self::Mp3),
            [0xff, second, ..] if second & 0xe6 == 0xe2 => Some(Self::Mp3),
            _ => None,
        }
    }

    /// Finds out whether such sound can be written, before there is any.
    ///
    /// # Errors
    ///
    /// When the format has no such samples or rate, or the program was built without it. `samples` is what was asked
    /// for, if anything was.
    pub fn check(self, rate: SampleRate, samples: Option<Samples>) -> Result<(), SinkError> {
        let bits = samples.map(|samples| match samples {
            Samples::Int16 => "16",
            Samples::Int24 => "24",
            Samples::Float32 => "32f",
        });
        let allowed = match self {
            Self::Wav => None,
            Self::Flac => samples.filter(|samples| *samples == Samples::Float32).map(|_| "it has 16 and 24"),
            Self::Opus | Self::Mp3 => samples.map(|_| "it stores no samples, so leave --bits out"),
        };
        if let (Some(allowed), Some(bits)) = (allowed, bits) {
            return Err(SinkError::Depth { format: self.name(), bits, allowed });
        }
        match self {
            Self::Wav => Ok(()),
            #[cfg(feature = "flac")]
            Self::Flac => Ok(()),
            #[cfg(feature = "opus")]
            Self::Opus => super::opus::known(rate).map(drop),
            #[cfg(feature = "mp3")]
            Self::Mp3 => super::mp3::known(rate),
            #[cfg(not(all(feature = "flac", feature = "opus", feature = "mp3")))]
            format => {
                let _ = rate;
                Err(SinkError::NotBuilt { format: format.name() })
            }
        }
    }
}

/// What else there is to say about a file.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct FileOptions {
    /// How a sample is stored, where the format stores samples.
    pub samples: Samples,
    /// What a WAV file does beyond 4 GiB.
    pub rf64: Rf64,
    /// What the dither is drawn from.
    pub seed: u64,
    /// Title, chapters and script.
    pub tags: Tags,
}

/// Writes a file of any format that stands under its name only when it is whole.
#[allow(clippy::large_enum_variant, reason = "there is one at a time")]
pub enum FileSink {
    /// A WAV file.
    Wav(WavSink),
    /// A FLAC file.
    #[cfg(feature = "flac")]
    Flac(FlacSink),
    /// An Opus file.
    #[cfg(feature = "opus")]
    Opus(OpusSink),
    /// An MP3 file.
    #[cfg(feature = "mp3")]
    Mp3(Mp3Sink),
    /// WAV for whoever reads it as it is made.
    Stream(WavStream<Box<dyn Write>>),
}

impl FileSink {
    /// Makes sure that `total` frames can be written to `path`.
    ///
    /// # Errors
    ///
    /// When the path cannot be written, as for [`WavSink::create`], or the format cannot hold the sound, as for
    /// [`Format::check`].
    pub fn create(
        path: &Path,
        format: Format,
        rate: SampleRate,
        total: Frames,
        options: FileOptions,
    ) -> Result<Self, SinkError> {
        let FileOptions { samples, rf64, seed, tags } = options;
        match format {
            Format::Wav => {
                let options = WavOptions { seed, rf64, tags };
                WavSink::create(path, WavSpec { rate, samples }, total, options).map(Self::Wav)
            }
            #[cfg(feature = "flac")]
            Format::Flac => {
                let options = FlacOptions { deep: samples == Samples::Int24, seed, tags };
                FlacSink::create(path, rate, total, options).map(Self::Flac)
            }
            #[cfg(feature = "opus")]
            Format::Opus => {
                let options = OpusOptions { seed, tags, ..OpusOptions::default() };
                OpusSink::create(path, rate, &options).map(Self::Opus)
            }
            #[cfg(feature = "mp3")]
            Format::Mp3 => Mp3Sink::create(path, rate, total, &Mp3Options { tags }).map(Self::Mp3),
            #[cfg(not(all(feature = "flac", feature = "opus", feature = "mp3")))]
            format => Err(SinkError::NotBuilt { format: format.name() }),
        }
    }
}

impl FileSink {
    /// The same as WAV into anything that takes bytes in order; `shown` is what it is called in messages.
    ///
    /// # Errors
    ///
    /// As [`WavStream::create`].
    pub fn stream(
        writer: Box<dyn Write>,
        shown: &str,
        rate: SampleRate,
        total: Frames,
        options: FileOptions,
    ) -> Result<Self, SinkError> {
        let FileOptions { samples, rf64, seed, tags } = options;
        let options = WavOptions { seed, rf64, tags };
        WavStream::create(writer, shown, WavSpec { rate, samples }, total, options).map(Self::Stream)
    }
}

impl Sink for FileSink {
    type Done = Written;

    fn write(&mut self, block: &[Stereo]) -> Result<(), SinkError> {
        match self {
            Self::Wav(sink) => sink.write(block),
            #[cfg(feature = "flac")]
            Self::Flac(sink) => sink.write(block),
            #[cfg(feature = "opus")]
            Self::Opus(sink) => sink.write(block),
            #[cfg(feature = "mp3")]
            Self::Mp3(sink) => sink.write(block),
            Self::Stream(sink) => sink.write(block),
        }
    }

    fn finish(self) -> Result<Written, SinkError> {
        match self {
            Self::Wav(sink) => sink.finish(),
            #[cfg(feature = "flac")]
            Self::Flac(sink) => sink.finish(),
            #[cfg(feature = "opus")]
            Self::Opus(sink) => sink.finish(),
            #[cfg(feature = "mp3")]
            Self::Mp3(sink) => sink.finish(),
            Self::Stream(sink) => sink.finish(),
        }
    }
}
