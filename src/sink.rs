//! Where finished frames go.

#[cfg(any(feature = "flac", feature = "opus"))]
mod comments;
mod device;
mod dither;
mod embedded;
mod file;
#[cfg(feature = "flac")]
mod flac;
#[cfg(feature = "mp3")]
mod mp3;
#[cfg(feature = "opus")]
mod opus;
mod part;
mod speakers;
mod surveyed;
mod tags;
mod wav;

use std::{io, path::PathBuf};

pub(crate) use device::hurry;
pub use device::{Aloud, DeviceInfo, GENTLY, Hush, Opening, Output, devices};
pub use dither::Dither;
pub use embedded::{Carried, ExtractError, carried, extract_script};
pub use file::{FileOptions, FileSink, Format};
#[cfg(feature = "flac")]
pub use flac::{FlacOptions, FlacSink};
#[cfg(feature = "mp3")]
pub use mp3::{Mp3Options, Mp3Sink};
#[cfg(feature = "opus")]
pub use opus::{OpusOptions, OpusSink};
pub use speakers::Speakers;
pub use surveyed::Surveyed;
pub use tags::{Chapter, Tags};
pub use wav::{Rf64, Samples, WavOptions, WavSink, WavSpec, WavStream, wav_limit};

use crate::audio::{Frames, SampleRate, Stereo};

/// Takes frames in order, block by block.
pub trait Sink {
    /// What is known when all was written.
    type Done;

    /// Takes the next block.
    ///
    /// # Errors
    ///
    /// When the outside does not take it; nothing more can be written then.
    fn write(&mut self, block: &[Stereo]) -> Result<(), SinkError>;

    /// Makes what was written whole.
    ///
    /// # Errors
    ///
    /// When the outside does not take the rest.
    fn finish(self) -> Result<Self::Done, SinkError>;
}

/// Why sound cannot be written.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SinkError {
    /// There is no device to play on, or it has gone.
    #[error(
        "there is no sound device to play on: {reason}; connect one, or write a file instead: undertone render -o FILE.wav"
    )]
    NoDevice {
        /// What the system says.
        reason: String,
    },
    /// There is no device of the name that was asked for.
    #[error("there is no sound device '{name}'; there are: {}", known.join(", "))]
    UnknownDevice {
        /// What was asked for.
        name: String,
        /// Those that there are.
        known: Vec<String>,
    },
    /// The output is a folder.
    #[error("cannot write {}: it is a folder; name a file in it", path.display())]
    Folder {
        /// The output.
        path: PathBuf,
    },
    /// The output names no file.
    #[error("cannot write '{}': it names no file", path.display())]
    NoName {
        /// The output.
        path: PathBuf,
    },
    /// The folder that would hold the output does not exist.
    #[error("cannot write {}: there is no folder {}; create it first", path.display(), folder.display())]
    NoFolder {
        /// The output.
        path: PathBuf,
        /// The folder that is missing.
        folder: PathBuf,
    },
    /// What would hold the output is not a folder.
    #[error("cannot write {}: {} is not a folder", path.display(), folder.display())]
    NotAFolder {
        /// The output.
        path: PathBuf,
        /// What is no folder.
        folder: PathBuf,
    },
    /// The output exists and may not be written.
    #[error("cannot write {}: it is read-only; make it writable or choose another name", path.display())]
    ReadOnly {
        /// The output.
        path: PathBuf,
    },
    /// The folder takes no new file.
    #[error("cannot create a file in {}", folder.display())]
    Create {
        /// The folder.
        folder: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// The output was opened, and then could not be written.
    #[error("cannot write {output}")]
    Write {
        /// The path, or what stands for it.
        output: String,
        /// What the system said.
        source: io::Error,
    },
    /// Nobody reads the output any more.
    #[error("cannot write {output}: its reader has gone")]
    BrokenPipe {
        /// What the output is.
        output: String,
    },
    /// The sound does not fit in the format.
    #[error(
        "{} is too long for a WAV file of 4 GiB, which holds {} at {rate}; render less, at a lower rate, or as RF64",
        clock(*rate, *frames), clock(*rate, *limit)
    )]
    TooLong {
        /// How much there is.
        frames: Frames,
        /// How much fits.
        limit: Frames,
        /// Its rate.
        rate: SampleRate,
    },
    /// The format does not know the session's rate.
    #[error("{format} has no rate of {rate}; render at {allowed}")]
    Rate {
        /// The format.
        format: &'static str,
        /// The session's rate.
        rate: SampleRate,
        /// The rates that it has.
        allowed: &'static str,
    },
    /// The output's name does not say a format.
    #[error(
        "{} {}; known are .wav, .flac, .opus and .mp3", path.display(),
        if path.extension().is_some() { "ends in no format's name" } else { "has no extension that says its format" }
    )]
    UnknownFormat {
        /// The output.
        path: PathBuf,
    },
    /// The program was built without the format.
    #[error("this undertone was built without {format}; build it with the feature of that name, or choose .wav")]
    NotBuilt {
        /// The format.
        format: &'static str,
    },
    /// The format does not hold such samples.
    #[error("{format} has no samples of {bits} bits; {allowed}")]
    Depth {
        /// The format.
        format: &'static str,
        /// What was asked for, as it was written.
        bits: &'static str,
        /// What can be asked for.
        allowed: &'static str,
    },
    /// The encoder failed.
    #[error("cannot encode {format}: {reason}")]
    Encode {
        /// The format.
        format: &'static str,
        /// What the encoder said.
        reason: String,
    },
    /// Another number of frames came than was announced.
    #[error("{given} frames were written where {announced} had been announced")]
    Length {
        /// What the header says.
        announced: u64,
        /// What came.
        given: u64,
    },
}

impl SinkError {
    fn from_write(output: &str, source: io::Error) -> Self {
        let output = output.to_owned();
        match source.kind() {
            io::ErrorKind::BrokenPipe => Self::BrokenPipe { output },
            _ => Self::Write { output, source },
        }
    }
}

/// A length as a listener reads it: `6:12:49` or `12:05`.
pub(crate) fn clock(rate: SampleRate, frames: Frames) -> String {
    let seconds = rate.duration(frames).as_secs();
    match (seconds / 3600, seconds / 60 % 60, seconds % 60) {
        (0, minutes, seconds) => format!("{minutes}:{seconds:02}"),
        (hours, minutes, seconds) => format!("{hours}:{minutes:02}:{seconds:02}"),
    }
}

/// Finds out what stands against writing a file, before there is anything to write.
///
/// # Errors
///
/// When it is a folder, read-only, or in a folder that does not exist or takes no file.
pub fn check_output(path: &std::path::Path) -> Result<(), SinkError> {
    use std::os::unix::fs::MetadataExt;
    /// Linux's `/dev/full`, which takes no byte: device 1, 7.
    const FULL: u64 = 0x107;
    match std::fs::metadata(path) {
        Ok(found) if found.is_file() || found.is_dir() => part::PartFile::create(path).map(drop),
        Ok(found) if found.rdev() == FULL => {
            Err(SinkError::from_write(&path.display().to_string(), io::Error::from_raw_os_error(28)))
        }
        // A device or a pipe is opened when there is something to write.
        Ok(_) => Ok(()),
        Err(_) => part::PartFile::create(path).map(drop),
    }
}

/// Writes a small file that stands under its name only when it is whole.
///
/// # Errors
///
/// When the path cannot be written, as for [`WavSink::create`].
pub fn write_whole(path: &std::path::Path, bytes: &[u8]) -> Result<(), SinkError> {
    let mut file = part::PartFile::create(path)?;
    file.append(bytes)?;
    file.commit()
}

/// What is known of a finished file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Written {
    /// Its length.
    pub frames: Frames,
    /// Samples that were beyond full scale and were cut off there.
    pub clipped: u64,
}

/// Keeps every frame.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct MemorySink {
    /// What was written so far.
    pub frames: Vec<Stereo>,
}

impl Sink for MemorySink {
    type Done = Vec<Stereo>;

    fn write(&mut self, block: &[Stereo]) -> Result<(), SinkError> {
        self.frames.extend_from_slice(block);
        Ok(())
    }

    fn finish(self) -> Result<Self::Done, SinkError> {
        Ok(self.frames)
    }
}
