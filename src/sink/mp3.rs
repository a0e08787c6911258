//! MP3 files, with an ID3v2.4 tag in front.

use std::{fmt, path::Path};

use mp3lame_encoder::{Builder, DualPcm, Encoder, FlushGap, Mode, Quality, VbrMode, max_required_buffer_size};

use super::{Sink, SinkError, Tags, Written, part::PartFile};
use crate::audio::{Frames, SampleRate, Stereo};

/// Frames that are encoded at a time.
const CHUNK: usize = 4608;
/// What MP3 knows.
const RATES: &str = "48000, 44100, 32000, 24000, 22050, 16000, 12000, 11025 or 8000 Hz";

/// What else there is to say about an MP3 file.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Mp3Options {
    /// Title, chapters and script.
    pub tags: Tags,
}

/// Writes an MP3 file, of about 190 kbit/s in variable rate, that stands under its name only when it is whole.
pub struct Mp3Sink {
    file: PartFile,
    encoder: Encoder,
    left: Vec<f32>,
    right: Vec<f32>,
    bytes: Vec<u8>,
    /// Where the sound begins, and with it the frame that says how long it is.
    start: u64,
    frames: u64,
    clipped: u64,
}

impl Mp3Sink {
    /// Makes sure that `path` can be written; `total` is the expected length, which ends the last chapter.
    ///
    /// # Errors
    ///
    /// When MP3 does not know the rate, or the path cannot be written, as for [`super::WavSink::create`].
    pub fn create(path: &Path, rate: SampleRate, total: Frames, options: &Mp3Options) -> Result<Self, SinkError> {
        known(rate)?;
        let encoder = build(rate)?;
        let mut file = PartFile::create(path)?;
        let tag = id3(&options.tags, rate, total);
        file.append(&tag)?;
        Ok(Self {
            file,
            encoder,
            left: Vec::with_capacity(CHUNK),
            right: Vec::with_capacity(CHUNK),
            bytes: Vec::with_capacity(max_required_buffer_size(CHUNK)),
            start: tag.len() as u64,
            frames: 0,
            clipped: 0,
        })
    }

    fn encode(&mut self) -> Result<(), SinkError> {
        self.bytes.clear();
        let pcm = DualPcm { left: &self.left[..], right: &self.right[..] };
        self.encoder.encode_to_vec(pcm, &mut self.bytes).map_err(failure)?;
        self.left.clear();
        self.right.clear();
        self.file.append(&self.bytes)
    }
}

/// Whether MP3 has the rate.
pub(super) fn known(rate: SampleRate) -> Result<(), SinkError> {
    const KNOWN: [u32; 9] = [48_000, 44_100, 32_000, 24_000, 22_050, 16_000, 12_000, 11_025, 8_000];
    if KNOWN.contains(&rate.hertz()) { Ok(()) } else { Err(SinkError::Rate { format: "MP3", rate, allowed: RATES }) }
}

fn build(rate: SampleRate) -> Result<Encoder, SinkError> {
    let mut builder = Builder::new().ok_or_else(|| failure("out of memory"))?;
    builder.set_sample_rate(rate.hertz()).map_err(failure)?;
    builder.set_num_channels(2).map_err(failure)?;
    builder.set_mode(Mode::JointStereo).map_err(failure)?;
    builder.set_vbr_mode(VbrMode::Mtrh).map_err(failure)?;
    builder.set_vbr_quality(Quality::NearBest).map_err(failure)?;
    builder.set_to_write_vbr_tag(true).map_err(failure)?;
    builder.build().map_err(failure)
}

impl Sink for Mp3Sink {
    type Done = Written;

    fn write(&mut self, block: &[Stereo]) -> Result<(), SinkError> {
        for frame in block {
            for (sample, channel) in [(frame.left, &mut self.left), (frame.right, &mut self.right)] {
                self.clipped += u64::from(sample.abs() > 1.0);
                channel.push(if sample.is_nan() { 0.0 } else { sample.clamp(-1.0, 1.0) });
            }
            self.frames += 1;
            if self.left.len() == CHUNK {
                self.encode()?;
            }
        }
        Ok(())
    }

    fn finish(mut self) -> Result<Written, SinkError> {
        if !self.left.is_empty() {
            self.encode()?;
        }
        self.bytes.clear();
        self.encoder.flush_to_vec::<FlushGap>(&mut self.bytes).map_err(failure)?;
        self.file.append(&self.bytes)?;
        if self.file.is_seekable() {
            // LAME left room for this frame at the start: length, seek table, and what to cut off at both ends.
            self.bytes.clear();
            self.bytes.reserve(self.encoder.lame_tag_size());
            if self.encoder.lame_tag_encode_to_vec(&mut self.bytes).is_some() {
                self.file.rewrite(self.start, &self.bytes)?;
            }
        }
        self.file.commit()?;
        Ok(Written { frames: Frames(self.frames), clipped: self.clipped })
    }
}

fn failure(error: impl fmt::Display) -> SinkError {
    SinkError::Encode { format: "MP3", reason: error.to_string() }
}

/// An ID3v2.4 tag with chapters ("`ID3v2` Chapter Frame Addendum", 2005); nothing when there is nothing to say.
fn id3(tags: &Tags, rate: SampleRate, total: Frames) -> Vec<u8> {
    let mut frames = Vec::new();
    for (id, value) in [(*b"TIT2", &tags.title), (*b"TPE1", &tags.artist), (*b"TDRC", &tags.date)] {
        if let Some(value) = value {
            frame(&mut frames, id, &text(value));
        }
    }
    // A table of contents counts its entries in one byte.
    let chapters = &tags.chapters[..tags.chapters.len().min(255)];
    if !chapters.is_empty() {
        // Top level, and in order.
        let mut contents = b"toc\0\x03".to_vec();
        contents.push(chapters.len() as u8);
        for number in 0..chapters.len() {
            contents.extend(format!("ch{number}\0").into_bytes());
        }
        frame(&mut frames, *b"CTOC", &contents);
        let millis = |at: Frames| u32::try_from(rate.duration(at).as_millis()).unwrap_or(u32::MAX);
        let ends = chapters[1..].iter().map(|chapter| chapter.at).chain([total]);
        for (number, (chapter, end)) in chapters.iter().zip(ends).enumerate() {
            let mut body = format!("ch{number}\0").into_bytes();
            body.extend(millis(chapter.at).to_be_bytes());
            body.extend(millis(end).to_be_bytes());
            // Where it lies in bytes is not said.
            body.extend([0xff; 8]);
            frame(&mut body, *b"TIT2", &text(&chapter.title));
            frame(&mut frames, *b"CHAP", &body);
        }
    }
    if let Some(script) = &tags.script {
        let mut body = text("UNDERTONE_SCRIPT");
        body.push(0);
        body.extend(&text(script)[1..]);
        frame(&mut frames, *b"TXXX", &body);
    }
    if frames.is_empty() {
        return frames;
    }
    let mut tag = b"ID3\x04\0\0".to_vec();
    tag.extend(syncsafe(frames.len()));
    tag.extend(frames);
    tag
}

fn frame(out: &mut Vec<u8>, id: [u8; 4], body: &[u8]) {
    out.extend(id);
    out.extend(syncsafe(body.len()));
    // No flags.
    out.extend([0, 0]);
    out.extend(body);
}

/// Text in UTF-8, which is encoding 3.
fn text(text: &str) -> Vec<u8> {
    std::iter::once(3).chain(text.bytes().filter(|&byte| byte != 0)).collect()
}

/// A size in four bytes of seven bits.
fn syncsafe(size: usize) -> [u8; 4] {
    [21, 14, 7, 0].map(|shift| (size >> shift & 0x7f) as u8)
}
