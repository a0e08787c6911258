//! Opus in Ogg (RFC 6716 and RFC 7845).

use std::{fmt, path::Path};

use ogg::{PacketWriteEndInfo, PacketWriter};
use opusic_c::{Application, Bitrate, Channels, Encoder};

use super::{Sink, SinkError, Tags, Written, comments::comments, part::PartFile};
use crate::audio::{Frames, SampleRate, Stereo};

/// A packet is 20 ms: 960 frames at the 48 kHz by which Opus counts, whatever the rate.
const PACKET_48K: u64 = 960;
/// Packets in a page: one second, as RFC 7845 advises, so that seeking is exact enough.
const PAGE: u64 = 50;
/// No packet of one 20 ms frame is longer (RFC 6716, section 3.2.1).
const PACKET_MAX: usize = 1275;
/// What Opus knows.
const RATES: &str = "48000, 24000, 16000, 12000 or 8000 Hz";

/// What else there is to say about an Opus file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OpusOptions {
    /// Thousands of bits a second for both channels, 12 to 510.
    pub kilobits: u32,
    /// What the number of the stream is drawn from.
    pub seed: u64,
    /// Title, chapters and script.
    pub tags: Tags,
}

impl Default for OpusOptions {
    /// 96 kbit/s: voice over a stereo ambience cannot be told from the original by most.
    fn default() -> Self {
        Self { kilobits: 96, seed: 0, tags: Tags::default() }
    }
}

/// Writes an Opus file that stands under its name only when it is whole.
pub struct OpusSink {
    writer: PacketWriter<'static, PartFile>,
    encoder: Encoder,
    serial: u32,
    rate: SampleRate,
    /// Samples of one packet, both channels by turns, and how many there are so far.
    samples: Vec<f32>,
    packet_len: usize,
    /// What the encoder adds at the start, at 48 kHz.
    skip: u64,
    packets: u64,
    frames: u64,
    clipped: u64,
}

impl OpusSink {
    /// Makes sure that `path` can be written.
    ///
    /// # Errors
    ///
    /// When Opus does not know the rate, or the path cannot be written, as for [`super::WavSink::create`].
    pub fn create(path: &Path, rate: SampleRate, options: &OpusOptions) -> Result<Self, SinkError> {
        let mut encoder = Encoder::new(Channels::Stereo, known(rate)?, Application::Audio).map_err(failure)?;
        encoder.set_bitrate(Bitrate::Value(options.kilobits.clamp(12, 510) * 1000)).map_err(failure)?;
        let ahead = encoder.get_look_ahead().map_err(failure)?;
        let skip = u64::from(ahead) * 48_000 / u64::from(rate.hertz());
        let packet_len = rate.hertz() as usize / 50 * 2;
        // A number that only has to differ from those of other streams in one file, of which there are none.
        let serial = (options.seed ^ options.seed >> 32) as u32;
        let mut sink = Self {
            writer: PacketWriter::new(PartFile::create(path)?),
            encoder,
            serial,
            rate,
            samples: Vec::with_capacity(packet_len),
            packet_len,
            skip,
            packets: 0,
            frames: 0,
            clipped: 0,
        };
        let mut head = b"OpusHead".to_vec();
        // Version 1, two channels.
        head.extend([1, 2]);
        head.extend((skip as u16).to_le_bytes());
        head.extend(rate.hertz().to_le_bytes());
        // No gain; channels as in Vorbis.
        head.extend([0, 0, 0]);
        sink.packet(head, PacketWriteEndInfo::EndPage, 0)?;
        let mut tags = b"OpusTags".to_vec();
        tags.extend(comments(&options.tags, rate));
        sink.packet(tags, PacketWriteEndInfo::EndPage, 0)?;
        Ok(sink)
    }

    fn packet(&mut self, packet: Vec<u8>, end: PacketWriteEndInfo, position: u64) -> Result<(), SinkError> {
        let written = self.writer.write_packet(packet, self.serial, end, position);
        written.map_err(|source| self.writer.inner().error(source))
    }

    fn encode_packet(&mut self, last: Option<u64>) -> Result<(), SinkError> {
        let mut packet = vec![0; PACKET_MAX];
        let size = self.encoder.encode_float_to_slice(&self.samples, &mut packet).map_err(failure)?;
        packet.truncate(size);
        self.samples.clear();
        self.packets += 1;
        match last {
            Some(position) => self.packet(packet, PacketWriteEndInfo::EndStream, position),
            None if self.packets.is_multiple_of(PAGE) => {
                self.packet(packet, PacketWriteEndInfo::EndPage, self.packets * PACKET_48K)
            }
            None => self.packet(packet, PacketWriteEndInfo::NormalPacket, self.packets * PACKET_48K),
        }
    }
}

/// The rate as Opus names it.
pub(super) fn known(rate: SampleRate) -> Result<opusic_c::SampleRate, SinkError> {
    match rate.hertz() {
        8_000 => Ok(opusic_c::SampleRate::Hz8000),
        12_000 => Ok(opusic_c::SampleRate::Hz12000),
        16_000 => Ok(opusic_c::SampleRate::Hz16000),
        24_000 => Ok(opusic_c::SampleRate::Hz24000),
        48_000 => Ok(opusic_c::SampleRate::Hz48000),
        _ => Err(SinkError::Rate { format: "Opus", rate, allowed: RATES }),
    }
}

impl Sink for OpusSink {
    type Done = Written;

    fn write(&mut self, block: &[Stereo]) -> Result<(), SinkError> {
        for frame in block {
            for sample in [frame.left, frame.right] {
                self.clipped += u64::from(sample.abs() > 1.0);
                self.samples.push(if sample.is_nan() { 0.0 } else { sample.clamp(-1.0, 1.0) });
            }
            self.frames += 1;
            if self.samples.len() == self.packet_len {
                self.encode_packet(None)?;
            }
        }
        Ok(())
    }

    fn finish(mut self) -> Result<Written, SinkError> {
        // The decoder drops the first frames, so as many must follow the last; the position of the last page says
        // where the sound ends.
        let end = self.skip + self.frames * 48_000 / u64::from(self.rate.hertz());
        loop {
            self.samples.resize(self.packet_len, 0.0);
            let is_last = (self.packets + 1) * PACKET_48K >= end;
            self.encode_packet(is_last.then_some(end))?;
            if is_last {
                break;
            }
        }
        self.writer.into_inner().commit()?;
        Ok(Written { frames: Frames(self.frames), clipped: self.clipped })
    }
}

fn failure(error: impl fmt::Debug) -> SinkError {
    SinkError::Encode { format: "Opus", reason: format!("{error:?}") }
}
