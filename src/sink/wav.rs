//! WAV files and streams.

use std::{io::Write, path::Path};

use super::{Dither, Sink, SinkError, part::PartFile};
use crate::audio::{Frames, SampleRate, Stereo};

/// Bytes from the start of a WAV file to its first sample.
const HEADER: u64 = 44;
/// Channels of everything that is written.
const CHANNELS: u16 = 2;
/// Frames that are turned into bytes at a time.
const CHUNK: usize = 4096;

/// How a sample is stored.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Samples {
    /// Whole numbers of 16 bits, dithered: opens everywhere.
    #[default]
    Int16,
}

impl Samples {
    /// Bits of one sample.
    #[must_use]
    pub fn bits(self) -> u16 {
        match self {
            Self::Int16 => 16,
        }
    }
}

/// The shape of a WAV file. There are always two channels.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct WavSpec {
    /// Frames a second.
    pub rate: SampleRate,
    /// How a sample is stored.
    pub samples: Samples,
}

/// What else there is to say about a WAV file.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct WavOptions {
    /// What the dither is drawn from.
    pub seed: u64,
}

/// What is known of a finished WAV file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct WavDone {
    /// Its length.
    pub frames: Frames,
    /// Samples that were beyond full scale and were cut off there.
    pub clipped: u64,
}

/// How much sound a WAV file of less than 4 GiB holds.
#[must_use]
pub fn wav_limit(channels: u16, bits: u16) -> Frames {
    let frame = u64::from(channels) * u64::from(bits / 8);
    // The size that the header tells counts all but its own first eight bytes.
    Frames((u64::from(u32::MAX) - (HEADER - 8)) / frame)
}

/// Writes a WAV file that stands under its name only when it is whole.
///
/// Until [`Sink::finish`], what stood there before stays untouched. A device or a pipe is written straight.
#[derive(Debug)]
pub struct WavSink {
    file: PartFile,
    encoder: Encoder,
    spec: WavSpec,
    announced: Frames,
}

impl WavSink {
    /// Makes sure that `total` frames can be written to `path`.
    ///
    /// # Errors
    ///
    /// When the path is a folder, read-only, or in a folder that does not exist or takes no file; when so many frames
    /// do not fit.
    pub fn create(path: &Path, spec: WavSpec, total: Frames, options: WavOptions) -> Result<Self, SinkError> {
        check_length(spec, total)?;
        let mut file = PartFile::create(path)?;
        file.write(&header(spec, total))?;
        Ok(Self { file, encoder: Encoder::new(spec, &options), spec, announced: total })
    }
}

impl Sink for WavSink {
    type Done = WavDone;

    fn write(&mut self, block: &[Stereo]) -> Result<(), SinkError> {
        for chunk in block.chunks(CHUNK) {
            self.file.write(self.encoder.encode(chunk))?;
        }
        Ok(())
    }

    fn finish(mut self) -> Result<WavDone, SinkError> {
        let done = self.encoder.done();
        if done.frames != self.announced {
            if !self.file.is_seekable() {
                return Err(SinkError::Length { announced: self.announced.0, given: done.frames.0 });
            }
            check_length(self.spec, done.frames)?;
            self.file.rewrite_start(&header(self.spec, done.frames))?;
        }
        self.file.commit()?;
        Ok(done)
    }
}

/// Writes a WAV file into anything that takes bytes in order, such as a pipe.
#[derive(Debug)]
pub struct WavStream<W> {
    writer: W,
    encoder: Encoder,
    announced: Frames,
    /// What the output is, for messages.
    shown: String,
}

impl<W: Write> WavStream<W> {
    /// Writes the header of a file of `total` frames; `shown` is what the output is called in messages.
    ///
    /// # Errors
    ///
    /// When so many frames do not fit, or the header cannot be written.
    pub fn create(
        mut writer: W,
        shown: &str,
        spec: WavSpec,
        total: Frames,
        options: &WavOptions,
    ) -> Result<Self, SinkError> {
        check_length(spec, total)?;
        writer.write_all(&header(spec, total)).map_err(|source| SinkError::from_write(shown, source))?;
        Ok(Self { writer, encoder: Encoder::new(spec, options), announced: total, shown: shown.to_owned() })
    }
}

impl<W: Write> Sink for WavStream<W> {
    type Done = WavDone;

    fn write(&mut self, block: &[Stereo]) -> Result<(), SinkError> {
        for chunk in block.chunks(CHUNK) {
            let written = self.writer.write_all(self.encoder.encode(chunk));
            written.map_err(|source| SinkError::from_write(&self.shown, source))?;
        }
        Ok(())
    }

    fn finish(mut self) -> Result<WavDone, SinkError> {
        self.writer.flush().map_err(|source| SinkError::from_write(&self.shown, source))?;
        let done = self.encoder.done();
        if done.frames != self.announced {
            return Err(SinkError::Length { announced: self.announced.0, given: done.frames.0 });
        }
        Ok(done)
    }
}

fn check_length(spec: WavSpec, frames: Frames) -> Result<(), SinkError> {
    let limit = wav_limit(CHANNELS, spec.samples.bits());
    if frames > limit { Err(SinkError::TooLong { frames, limit, rate: spec.rate }) } else { Ok(()) }
}

/// The header of a file with `frames` frames (Microsoft and IBM, "Multimedia Programming Interface and Data
/// Specifications 1.0", 1991).
fn header(spec: WavSpec, frames: Frames) -> Vec<u8> {
    let bits = spec.samples.bits();
    let frame = CHANNELS * (bits / 8);
    let data = frames.0 as u32 * u32::from(frame);
    let rate = spec.rate.hertz();
    let mut header = Vec::with_capacity(HEADER as usize);
    header.extend(b"RIFF");
    header.extend((data + HEADER as u32 - 8).to_le_bytes());
    header.extend(b"WAVEfmt ");
    header.extend(16u32.to_le_bytes());
    // 1 is PCM.
    header.extend(1u16.to_le_bytes());
    header.extend(CHANNELS.to_le_bytes());
    header.extend(rate.to_le_bytes());
    header.extend((rate * u32::from(frame)).to_le_bytes());
    header.extend(frame.to_le_bytes());
    header.extend(bits.to_le_bytes());
    header.extend(b"data");
    header.extend(data.to_le_bytes());
    header
}

/// Turns frames into bytes, counting.
#[derive(Debug)]
struct Encoder {
    samples: Samples,
    dither: Dither,
    bytes: Vec<u8>,
    frames: u64,
    clipped: u64,
}

impl Encoder {
    fn new(spec: WavSpec, options: &WavOptions) -> Self {
        let bytes = CHUNK * usize::from(CHANNELS) * usize::from(spec.samples.bits() / 8);
        let dither = Dither::new(options.seed);
        Self { samples: spec.samples, dither, bytes: Vec::with_capacity(bytes), frames: 0, clipped: 0 }
    }

    fn encode(&mut self, chunk: &[Stereo]) -> &[u8] {
        self.bytes.clear();
        for frame in chunk {
            for (channel, sample) in [frame.left, frame.right].into_iter().enumerate() {
                let position = self.frames * u64::from(CHANNELS) + channel as u64;
                match self.samples {
                    Samples::Int16 => {
                        let (whole, clipped) = self.dither.quantize(sample, 16, position);
                        self.clipped += u64::from(clipped);
                        self.bytes.extend((whole as i16).to_le_bytes());
                    }
                }
            }
            self.frames += 1;
        }
        &self.bytes
    }

    fn done(&self) -> WavDone {
        WavDone { frames: Frames(self.frames), clipped: self.clipped }
    }
}
