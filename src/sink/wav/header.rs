//! Everything in a WAV file that comes before its first sample.
//!
//! Chapters, tags and the script stand before the sound: so they are whole in a stream, too, and nothing has to follow
//! data that may have an odd size. With none of them the header is the 44 bytes that every program expects (58 with
//! floating-point samples).

use super::{CHANNELS, Samples, WavSpec};
use crate::{audio::Frames, sink::Tags};

/// The size of a part whose true size stands in the `ds64` chunk.
const ELSEWHERE: u32 = u32::MAX;

/// The length of the header that [`header`] makes.
pub(super) fn header_len(spec: WavSpec, tags: &Tags, rf64: bool) -> u64 {
    header(spec, tags, Frames(0), rf64).len() as u64
}

/// The header of a file with `frames` frames: after Microsoft and IBM, "Multimedia Programming Interface and Data
/// Specifications 1.0" (1991), and for RF64 after EBU Tech 3306. A part that is too long for a file that is not RF64
/// is cut off at 4 GiB; whoever calls makes sure that none is.
pub(super) fn header(spec: WavSpec, tags: &Tags, frames: Frames, rf64: bool) -> Vec<u8> {
    let bits = spec.samples.bits();
    let frame = CHANNELS * (bits / 8);
    let rate = spec.rate.hertz();
    let data = frames.0 * u64::from(frame);
    let float = spec.samples == Samples::Float32;

    let mut format = Vec::new();
    // 1 is PCM and 3 is IEEE float.
    format.extend((if float { 3u16 } else { 1 }).to_le_bytes());
    format.extend(CHANNELS.to_le_bytes());
    format.extend(rate.to_le_bytes());
    format.extend((rate * u32::from(frame)).to_le_bytes());
    format.extend(frame.to_le_bytes());
    format.extend(bits.to_le_bytes());

    let mut chunks = Vec::new();
    if float {
        // Whatever is not PCM says how long its extension is, and how many frames there are.
        format.extend(0u16.to_le_bytes());
        chunk(&mut chunks, *b"fmt ", &format);
        chunk(&mut chunks, *b"fact", &low32(frames.0).to_le_bytes());
    } else {
        chunk(&mut chunks, *b"fmt ", &format);
    }
    describe(&mut chunks, tags);
    chunks.extend(b"data");
    chunks.extend((if rf64 { ELSEWHERE } else { low32(data) }).to_le_bytes());

    let mut header = Vec::new();
    if rf64 {
        // `WAVE`, and `ds64` with its own eight bytes, count as well.
        let riff = 4 + 36 + chunks.len() as u64 + data;
        header.extend(b"RF64");
        header.extend(ELSEWHERE.to_le_bytes());
        header.extend(b"WAVE");
        let mut sizes = Vec::new();
        sizes.extend(riff.to_le_bytes());
        sizes.extend(data.to_le_bytes());
        sizes.extend(frames.0.to_le_bytes());
        // No other chunk is that large.
        sizes.extend(0u32.to_le_bytes());
        chunk(&mut header, *b"ds64", &sizes);
    } else {
        header.extend(b"RIFF");
        header.extend(low32(4 + chunks.len() as u64 + data).to_le_bytes());
        header.extend(b"WAVE");
    }
    header.extend(chunks);
    header
}

fn low32(number: u64) -> u32 {
    u32::try_from(number).unwrap_or(ELSEWHERE)
}

/// Adds a chunk. An odd one would need a byte behind it that its size does not count, and some readers pass over odd
/// chunks wrongly: no body is odd.
fn chunk(out: &mut Vec<u8>, id: [u8; 4], body: &[u8]) {
    debug_assert!(body.len().is_multiple_of(2));
    out.extend(id);
    out.extend(low32(body.len() as u64).to_le_bytes());
    out.extend(body);
}

/// Text as RIFF holds it: a zero ends it, or two to make it even, so none may stand inside.
fn text(text: &str) -> Vec<u8> {
    let mut bytes: Vec<u8> = text.bytes().filter(|&byte| byte != 0).collect();
    bytes.resize((bytes.len() + 2) & !1, 0);
    bytes
}

fn describe(out: &mut Vec<u8>, tags: &Tags) {
    let mut info = b"INFO".to_vec();
    for (id, value) in [(*b"INAM", &tags.title), (*b"IART", &tags.artist), (*b"ICRD", &tags.date)] {
        if let Some(value) = value {
            chunk(&mut info, id, &text(value));
        }
    }
    if info.len() > 4 {
        chunk(out, *b"LIST", &info);
    }

    // A cue point counts frames in 32 bits: a day at 48 kHz. Chapters beyond it cannot be said.
    let chapters = || {
        let all = tags.chapters.iter().filter_map(|chapter| Some((u32::try_from(chapter.at.0).ok()?, &chapter.title)));
        all.zip(1u32..)
    };
    if chapters().next().is_some() {
        let mut cues = (chapters().count() as u32).to_le_bytes().to_vec();
        let mut labels = b"adtl".to_vec();
        for ((at, title), id) in chapters() {
            cues.extend(id.to_le_bytes());
            cues.extend(at.to_le_bytes());
            cues.extend(b"data");
            // No play list and no blocks; then the frame once more.
            cues.extend([0; 8]);
            cues.extend(at.to_le_bytes());
            let mut label = id.to_le_bytes().to_vec();
            label.extend(text(title));
            chunk(&mut labels, *b"labl", &label);
        }
        chunk(out, *b"cue ", &cues);
        chunk(out, *b"LIST", &labels);
    }

    if let Some(script) = &tags.script {
        // A chunk of our own: readers pass over what they do not know.
        chunk(out, *b"utsc", &text(script));
    }
}
