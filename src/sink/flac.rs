//! FLAC files (RFC 9639).

use std::{fmt, path::Path};

use flacenc::{
    bitsink::ByteSink,
    component::{BitRepr, StreamInfo},
    config::Encoder,
    encode_fixed_size_frame,
    error::{Verified, Verify},
    source::{Context, Fill, FrameBuf},
};

use rayon::prelude::*;

use super::{Dither, Sink, SinkError, Tags, Written, comments::comments, part::PartFile};
use crate::audio::{Frames, SampleRate, Stereo};

/// Frames that are encoded together; RFC 9639 lets no more than 4608 into a stream that any player can take.
const BLOCK: usize = 4096;
/// Blocks that are encoded side by side.
const BATCH: usize = 32;
/// The most bytes that one block of metadata holds.
const METADATA_MAX: usize = (1 << 24) - 1;

/// What else there is to say about a FLAC file.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct FlacOptions {
    /// 24 bits instead of 16.
    pub deep: bool,
    /// What the dither is drawn from.
    pub seed: u64,
    /// Title, chapters and script.
    pub tags: Tags,
}

/// Writes a FLAC file that stands under its name only when it is whole.
pub struct FlacSink {
    file: PartFile,
    rate: SampleRate,
    bits: u32,
    tags: Tags,
    dither: Dither,
    config: Verified<Encoder>,
    stream: StreamInfo,
    digest: Context,
    /// Whole numbers that wait for a batch to be full, both channels by turns.
    samples: Vec<i32>,
    /// The shortest and the longest encoded block in bytes.
    sizes: (u32, u32),
    blocks: usize,
    frames: u64,
    clipped: u64,
}

impl FlacSink {
    /// Makes sure that `path` can be written; `total` is the expected length.
    ///
    /// # Errors
    ///
    /// When the path cannot be written, as for [`super::WavSink::create`].
    pub fn create(path: &Path, rate: SampleRate, total: Frames, options: FlacOptions) -> Result<Self, SinkError> {
        let bits = if options.deep { 24 } else { 16 };
        let config = Encoder::default().into_verified().map_err(|(_, error)| failure(error))?;
        let stream = StreamInfo::new(rate.hertz() as usize, 2, bits as usize).map_err(failure)?;
        let mut sink = Self {
            file: PartFile::create(path)?,
            rate,
            bits,
            tags: options.tags,
            dither: Dither::new(options.seed),
            config,
            stream,
            digest: Context::new(bits as usize, 2),
            samples: Vec::with_capacity(2 * BLOCK * BATCH),
            sizes: (0, 0),
            blocks: 0,
            frames: 0,
            clipped: 0,
        };
        // The digest and the sizes are told at the end; zeros mean that they are not known.
        let header = sink.header(total.0, [0; 16]);
        sink.file.append(&header)?;
        Ok(sink)
    }

    /// `fLaC`, the stream's properties, and the comments.
    fn header(&self, total: u64, digest: [u8; 16]) -> Vec<u8> {
        let mut header = b"fLaC".to_vec();
        header.extend([0, 0, 0, 34]);
        header.extend((BLOCK as u16).to_be_bytes());
        header.extend((BLOCK as u16).to_be_bytes());
        header.extend(&self.sizes.0.to_be_bytes()[1..]);
        header.extend(&self.sizes.1.to_be_bytes()[1..]);
        // 20 bits of rate, 3 of channels less one, 5 of bits less one, 36 of length; a longer stream's is not known.
        let total = if total < 1 << 36 { total } else { 0 };
        let packed = u64::from(self.rate.hertz()) << 44 | 1 << 41 | u64::from(self.bits - 1) << 36 | total;
        header.extend(packed.to_be_bytes());
        header.extend(digest);
        let mut comment = comments(&self.tags, self.rate);
        if comment.len() > METADATA_MAX {
            comment = comments(&Tags { script: None, ..self.tags.clone() }, self.rate);
        }
        // The highest bit marks the last block of metadata.
        header.extend((0x8400_0000 | comment.len() as u32).to_be_bytes());
        header.extend(comment);
        header
    }

    fn encode_batch(&mut self) -> Result<(), SinkError> {
        let (config, stream, first) = (&self.config, &self.stream, self.blocks);
        let encode = |(i, samples): (usize, &[i32])| {
            let mut block = FrameBuf::with_size(2, BLOCK).map_err(failure)?;
            block.fill_interleaved(samples).map_err(failure)?;
            let frame = encode_fixed_size_frame(config, &block, first + i, stream).map_err(failure)?;
            let mut bytes = ByteSink::with_capacity(frame.count_bits());
            frame.write(&mut bytes).map_err(|error| failure(format!("{error:?}")))?;
            Ok(bytes.into_inner())
        };
        let encoded: Result<Vec<_>, SinkError> = self.samples.par_chunks(2 * BLOCK).enumerate().map(encode).collect();
        self.digest.fill_interleaved(&self.samples).map_err(failure)?;
        self.samples.clear();
        for bytes in encoded? {
            let size = bytes.len() as u32;
            let shortest = if self.blocks == 0 { size } else { self.sizes.0.min(size) };
            self.sizes = (shortest, self.sizes.1.max(size));
            self.blocks += 1;
            self.file.append(&bytes)?;
        }
        Ok(())
    }
}

impl Sink for FlacSink {
    type Done = Written;

    fn write(&mut self, block: &[Stereo]) -> Result<(), SinkError> {
        for frame in block {
            let (samples, clipped) = self.dither.quantize(*frame, self.bits, self.frames);
            self.clipped += clipped;
            self.samples.extend(samples);
            self.frames += 1;
            if self.samples.len() == 2 * BLOCK * BATCH {
                self.encode_batch()?;
            }
        }
        Ok(())
    }

    fn finish(mut self) -> Result<Written, SinkError> {
        if !self.samples.is_empty() {
            self.encode_batch()?;
        }
        if self.file.is_seekable() {
            let header = self.header(self.frames, self.digest.md5_digest());
            self.file.rewrite_start(&header)?;
        }
        self.file.commit()?;
        Ok(Written { frames: Frames(self.frames), clipped: self.clipped })
    }
}

fn failure(error: impl fmt::Display) -> SinkError {
    SinkError::Encode { format: "FLAC", reason: error.to_string() }
}
