//! WAV files and streams.

mod header;

use std::{io::Write, path::Path};

use super::{Dither, Sink, SinkError, Tags, Written, part::PartFile};
use crate::audio::{Frames, SampleRate, Stereo};
use header::{header, header_len};

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
    /// Whole numbers of 24 bits, dithered.
    Int24,
    /// Floating point of 32 bits: nothing is dithered or cut off.
    Float32,
}

impl Samples {
    /// Bits of one sample.
    #[must_use]
    pub fn bits(self) -> u16 {
        match self {
            Self::Int16 => 16,
            Self::Int24 => 24,
            Self::Float32 => 32,
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

/// When a WAV file is RF64 (EBU Tech 3306), which may be longer than 4 GiB.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Rf64 {
    /// When the sound does not fit in 4 GiB.
    #[default]
    Auto,
    /// However short it is.
    Always,
    /// Not at all: sound that does not fit is refused.
    Never,
}

/// What else there is to say about a WAV file.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct WavOptions {
    /// What the dither is drawn from.
    pub seed: u64,
    /// What is done with sound that does not fit in 4 GiB.
    pub rf64: Rf64,
    /// Title, chapters and script.
    pub tags: Tags,
}

/// How much sound a WAV file of less than 4 GiB holds.
#[must_use]
pub fn wav_limit(spec: WavSpec, tags: &Tags) -> Frames {
    let frame = u64::from(CHANNELS) * u64::from(spec.samples.bits() / 8);
    // The size that the header tells counts all but its own first eight bytes.
    Frames((u64::from(u32::MAX) + 8).saturating_sub(header_len(spec, tags, false)) / frame)
}

/// Writes a WAV file that stands under its name only when it is whole.
///
/// Until [`Sink::finish`], what stood there before stays untouched. A device or a pipe is written straight.
#[derive(Debug)]
pub struct WavSink {
    file: PartFile,
    encoder: Encoder,
    shape: Shape,
}

impl WavSink {
    /// Makes sure that `total` frames can be written to `path`.
    ///
    /// # Errors
    ///
    /// When the path is a folder, read-only, or in a folder that does not exist or takes no file; when so many frames
    /// do not fit.
    pub fn create(path: &Path, spec: WavSpec, total: Frames, options: WavOptions) -> Result<Self, SinkError> {
        let encoder = Encoder::new(spec.samples, options.seed);
        let shape = Shape::new(spec, options, total)?;
        let mut file = PartFile::create(path)?;
        file.append(&shape.header(total))?;
        Ok(Self { file, encoder, shape })
    }
}

impl Sink for WavSink {
    type Done = Written;

    fn write(&mut self, block: &[Stereo]) -> Result<(), SinkError> {
        for chunk in block.chunks(CHUNK) {
            self.file.append(self.encoder.encode(chunk))?;
        }
        Ok(())
    }

    fn finish(mut self) -> Result<Written, SinkError> {
        let done = self.encoder.done();
        if done.frames != self.shape.total {
            if !self.file.is_seekable() {
                return Err(self.shape.wrong_length(done.frames));
            }
            self.shape.check(done.frames)?;
            self.file.rewrite_start(&self.shape.header(done.frames))?;
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
    shape: Shape,
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
        options: WavOptions,
    ) -> Result<Self, SinkError> {
        let encoder = Encoder::new(spec.samples, options.seed);
        let shape = Shape::new(spec, options, total)?;
        writer.write_all(&shape.header(total)).map_err(|source| SinkError::from_write(shown, source))?;
        Ok(Self { writer, encoder, shape, shown: shown.to_owned() })
    }
}

impl<W: Write> Sink for WavStream<W> {
    type Done = Written;

    fn write(&mut self, block: &[Stereo]) -> Result<(), SinkError> {
        for chunk in block.chunks(CHUNK) {
            let written = self.writer.write_all(self.encoder.encode(chunk));
            written.map_err(|source| SinkError::from_write(&self.shown, source))?;
        }
        Ok(())
    }

    fn finish(mut self) -> Result<Written, SinkError> {
        self.writer.flush().map_err(|source| SinkError::from_write(&self.shown, source))?;
        let done = self.encoder.done();
        if done.frames == self.shape.total { Ok(done) } else { Err(self.shape.wrong_length(done.frames)) }
    }
}

/// What a file was announced to be.
#[derive(Debug)]
struct Shape {
    spec: WavSpec,
    tags: Tags,
    total: Frames,
    /// Whether it is RF64: settled at the start, as it moves the first sample.
    rf64: bool,
}

impl Shape {
    fn new(spec: WavSpec, options: WavOptions, total: Frames) -> Result<Self, SinkError> {
        let rf64 = match options.rf64 {
            Rf64::Auto => total > wav_limit(spec, &options.tags),
            Rf64::Always => true,
            Rf64::Never => false,
        };
        let shape = Self { spec, tags: options.tags, total, rf64 };
        shape.check(total)?;
        Ok(shape)
    }

    fn header(&self, frames: Frames) -> Vec<u8> {
        header(self.spec, &self.tags, frames, self.rf64)
    }

    fn check(&self, frames: Frames) -> Result<(), SinkError> {
        let limit = wav_limit(self.spec, &self.tags);
        if self.rf64 || frames <= limit {
            return Ok(());
        }
        Err(SinkError::TooLong { frames, limit, rate: self.spec.rate })
    }

    fn wrong_length(&self, given: Frames) -> SinkError {
        SinkError::Length { announced: self.total.0, given: given.0 }
    }
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
    fn new(samples: Samples, seed: u64) -> Self {
        let bytes = CHUNK * usize::from(CHANNELS) * usize::from(samples.bits() / 8);
        Self { samples, dither: Dither::new(seed), bytes: Vec::with_capacity(bytes), frames: 0, clipped: 0 }
    }

    fn encode(&mut self, chunk: &[Stereo]) -> &[u8] {
        self.bytes.clear();
        match self.samples {
            Samples::Int16 => self.whole(chunk, 16, |sample| (sample as i16).to_le_bytes()),
            Samples::Int24 => self.whole(chunk, 24, |sample| {
                let [low, middle, high, _] = sample.to_le_bytes();
                [low, middle, high]
            }),
            Samples::Float32 => {
                for sample in chunk.iter().flat_map(|frame| [frame.left, frame.right]) {
                    self.bytes.extend((if sample.is_finite() { sample } else { 0.0 }).to_le_bytes());
                }
            }
        }
        self.frames += chunk.len() as u64;
        &self.bytes
    }

    fn whole<const BYTES: usize>(&mut self, chunk: &[Stereo], bits: u32, bytes: impl Fn(i32) -> [u8; BYTES]) {
        self.bytes.resize(chunk.len() * 2 * BYTES, 0);
        let (places, _) = self.bytes.as_chunks_mut::<BYTES>();
        for ((frame, place), position) in chunk.iter().zip(places.chunks_exact_mut(2)).zip(self.frames..) {
            let (samples, clipped) = self.dither.quantize(*frame, bits, position);
            self.clipped += clipped;
            place[0] = bytes(samples[0]);
            place[1] = bytes(samples[1]);
        }
    }

    fn done(&self) -> Written {
        Written { frames: Frames(self.frames), clipped: self.clipped }
    }
}
