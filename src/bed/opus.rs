//! Opus in Ogg (RFC 7845), which the decoder of all other formats does not know.

use super::BedError;
use opusic_c::{Channels, Decoder, SampleRate as OpusRate};
use std::{
    fs::File,
    io::{self, Read, Seek, SeekFrom},
    path::Path,
};

/// What Opus counts by, and what it is decoded at.
pub(super) const HERTZ: u32 = 48_000;

/// No packet holds more frames: 120 ms.
const PACKET_MAX: usize = 5760;

/// Packets that may be damaged before the rest is given up.
const DAMAGED: usize = 64;

/// Whether a file is an Ogg stream that begins with Opus' own header.
pub(super) fn is_opus(head: &[u8]) -> bool {
    head.starts_with(b"OggS") && head.get(28..36) == Some(b"OpusHead")
}

/// How many frames a file has: what its last page counts, less what a decoder leaves out (RFC 7845, section 4). Nothing when it
/// does not say.
pub(super) fn length(file: &mut File) -> io::Result<Option<u64>> {
    /// No page is longer: 27 bytes, 255 sizes and 255 segments of 255 bytes (RFC 3533, section 6).
    const LONGEST_PAGE: u64 = 27 + 255 + 255 * 255;
    let mut head = Vec::new();
    file.take(64).read_to_end(&mut head)?;
    let end = file.seek(SeekFrom::End(0))?;
    file.seek(SeekFrom::Start(end.saturating_sub(2 * LONGEST_PAGE)))?;
    let mut tail = Vec::new();
    file.read_to_end(&mut tail)?;
    file.rewind()?;
    let number = |bytes: &[u8], at: usize| Some(u64::from_le_bytes(bytes.get(at..at + 8)?.try_into().ok()?));
    let serial = |bytes: &[u8]| bytes.get(14..18).map(<[u8]>::to_vec);
    let pages = tail.windows(4).enumerate().filter(|(_, mark)| *mark == b"OggS").map(|(at, _)| &tail[at..]);
    // All bits are set where no packet ends on a page.
    let last =
        pages.filter(|page| serial(page) == serial(&head)).filter_map(|page| number(page, 6)).rfind(|n| *n < 1 << 63);
    let skip = head.get(38..40).map(|skip| u64::from(u16::from_le_bytes([skip[0], skip[1]])));
    Ok(last.zip(skip).map(|(last, skip)| last.saturating_sub(skip)))
}

/// Decodes a whole file, packet by packet, to left and right samples by turns; the result is what is wrong with it.
pub(super) fn read(
    path: &Path,
    file: File,
    mut each: impl FnMut(&[f32]) -> Result<(), BedError>,
) -> Result<Vec<String>, BedError> {
    let reason = |reason: String| BedError::NotASound { path: path.to_owned(), reason };
    let mut reader = ogg::PacketReader::new(io::BufReader::new(file));
    let mut packet = || reader.read_packet().map_err(|error| error.to_string());
    let head = packet().map_err(reason)?.map(|packet| packet.data).unwrap_or_default();
    let Some((&[version, channels, low, high, _, _, _, _, gain_low, gain_high, family], _)) =
        head.get(8..).and_then(|head| head.split_first_chunk::<11>())
    else {
        return Err(reason("its Opus header breaks off".into()));
    };
    if version >= 16 || family != 0 || !(1..=2).contains(&channels) {
        return Err(reason("it is Opus of a kind that is not known, or of more than two channels".into()));
    }
    let gain = 10f32.powf(f32::from(i16::from_le_bytes([gain_low, gain_high])) / 256.0 / 20.0);
    let mut skip = usize::from(u16::from_le_bytes([low, high]));
    let mut decoder =
        Decoder::new(Channels::Stereo, OpusRate::Hz48000).map_err(|error| reason(format!("{error:?}")))?;
    // The comments.
    packet().map_err(reason)?;
    let (mut warnings, mut damaged, mut decoded) = (Vec::new(), 0, 0u64);
    let mut samples = vec![0f32; 2 * PACKET_MAX];
    loop {
        let packet = match packet() {
            Ok(Some(packet)) => packet,
            Ok(None) => break,
            Err(cause) => {
                warnings.push(format!("{} ends early: {cause}", path.display()));
                break;
            }
        };
        let Ok(count) = decoder.decode_float_to_slice(&packet.data, &mut samples, false) else {
            damaged += 1;
            if damaged > DAMAGED {
                break;
            }
            continue;
        };
        let mut count = count.min(PACKET_MAX);
        decoded += count as u64;
        if packet.last_in_stream() {
            // The last page says where the sound ends; more was encoded to fill a packet.
            count = count.saturating_sub(decoded.saturating_sub(packet.absgp_page()) as usize);
        }
        let from = skip.min(count);
        skip -= from;
        let block = &mut samples[2 * from..2 * count];
        if gain != 1.0 {
            block.iter_mut().for_each(|sample| *sample *= gain);
        }
        each(block)?;
        if packet.last_in_stream() {
            break;
        }
    }
    if damaged > 0 {
        warnings.push(format!("{} has {damaged} damaged packets, which are left out", path.display()));
    }
    Ok(warnings)
}
