//! What a finished file carries beside its sound, read back: the script, the title, and chapters.

use std::{
    collections::BTreeMap,
    fs::{self, File},
    io::{self, BufReader, Read, Seek, SeekFrom},
    path::{Path, PathBuf},
    time::Duration,
};

use super::Format;

/// The key of a comment or a tag that holds the script.
const KEY: &str = "UNDERTONE_SCRIPT";
/// The most that is read of what should be tags, in bytes.
const TAGS_MAX: u64 = 1 << 28;

/// Why there is no script to read.
#[derive(Debug, thiserror::Error)]
pub enum ExtractError {
    /// The file cannot be read.
    #[error("cannot read {}", path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// It is something else.
    #[error("{} is not a WAV, FLAC, Opus or MP3 file", path.display())]
    Unknown {
        /// The file.
        path: PathBuf,
    },
    /// It ends or breaks off inside of its tags.
    #[error("{} is damaged before its sound begins", path.display())]
    Damaged {
        /// The file.
        path: PathBuf,
    },
    /// There is none in it.
    #[error("there is no script in {}", path.display())]
    None {
        /// The file.
        path: PathBuf,
    },
}

/// What a file carries.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Carried {
    /// Its title.
    pub title: Option<String>,
    /// Where chapters begin, and their titles. Those of a WAV file lie behind its sound and are read by [`crate::bed::chapters`].
    pub chapters: Vec<(Duration, String)>,
    script: Option<Vec<u8>>,
}

/// The script that was written into a WAV, FLAC, Opus or MP3 file, as it was given to the sink.
///
/// # Errors
///
/// When the file cannot be read, is of another kind or damaged, or has no script.
pub fn extract_script(path: &Path) -> Result<String, ExtractError> {
    let script = carried(path)?.script.ok_or_else(|| ExtractError::None { path: path.to_owned() })?;
    String::from_utf8(script).map_err(|_| ExtractError::Damaged { path: path.to_owned() })
}

/// What a WAV, FLAC, Opus or MP3 file carries.
///
/// # Errors
///
/// When the file cannot be read, or is of another kind or damaged.
pub fn carried(path: &Path) -> Result<Carried, ExtractError> {
    let read = |source| ExtractError::Read { path: path.to_owned(), source };
    // Asked before opening: to open a pipe would wait for a writer.
    let metadata = fs::metadata(path).map_err(read)?;
    let format = Some(path).filter(|_| metadata.is_file()).and_then(Format::found_in);
    let format = format.ok_or_else(|| ExtractError::Unknown { path: path.to_owned() })?;
    let mut file = BufReader::new(File::open(path).map_err(read)?);
    let found = match format {
        Format::Wav => from_wav(&mut file),
        Format::Flac => from_flac(&mut file),
        Format::Opus => from_ogg(&mut file),
        Format::Mp3 => from_id3(&mut file),
    };
    found.map_err(|error| match error.kind() {
        io::ErrorKind::UnexpectedEof => ExtractError::Damaged { path: path.to_owned() },
        _ => read(error),
    })
}

type Found = io::Result<Carried>;

/// So many bytes, of which no more are taken into memory than there are.
fn bytes(from: &mut impl Read, count: u64) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    from.take(count.min(TAGS_MAX)).read_to_end(&mut bytes)?;
    if bytes.len() as u64 == count { Ok(bytes) } else { Err(io::ErrorKind::UnexpectedEof.into()) }
}

fn array<const N: usize>(from: &mut impl Read) -> io::Result<[u8; N]> {
    let mut array = [0; N];
    from.read_exact(&mut array)?;
    Ok(array)
}

fn from_wav(file: &mut (impl Read + Seek)) -> Found {
    let _: [u8; 12] = array(file)?;
    loop {
        let id: [u8; 4] = array(file)?;
        let size = u32::from_le_bytes(array(file)?);
        match &id {
            b"utsc" => {
                let text = bytes(file, size.into())?;
                let end = text.iter().position(|byte| *byte == 0).unwrap_or(text.len());
                return Ok(Carried { script: Some(text[..end].to_vec()), ..Carried::default() });
            }
            // It stands before the sound.
            b"data" => return Ok(Carried::default()),
            _ => file.seek(SeekFrom::Current(i64::from(size) + i64::from(size % 2)))?,
        };
    }
}

fn from_flac(file: &mut (impl Read + Seek)) -> Found {
    let _: [u8; 4] = array(file)?;
    loop {
        let head = u32::from_be_bytes(array(file)?);
        let size = head & 0x00ff_ffff;
        if head >> 24 & 0x7f == 4 {
            return Ok(from_comments(&bytes(file, size.into())?));
        }
        if head >> 31 == 1 {
            return Ok(Carried::default());
        }
        file.seek(SeekFrom::Current(size.into()))?;
    }
}

/// The second packet of an Ogg stream, which spans pages when it is long (RFC 3533).
fn from_ogg(file: &mut impl Read) -> Found {
    let (mut packets, mut packet) = (0, Vec::new());
    loop {
        let head: [u8; 27] = array(file)?;
        if &head[..4] != b"OggS" {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        for size in bytes(file, head[26].into())? {
            packet.extend(bytes(file, size.into())?);
            if packet.len() as u64 > TAGS_MAX {
                return Err(io::ErrorKind::UnexpectedEof.into());
            }
            if size < 255 {
                packets += 1;
                if packets == 2 {
                    return Ok(packet.strip_prefix(b"OpusTags").map(from_comments).unwrap_or_default());
                }
                packet.clear();
            }
        }
    }
}

/// What a Vorbis comment block says, as far as it is whole.
fn from_comments(block: &[u8]) -> Carried {
    let mut carried = Carried::default();
    let mut times: BTreeMap<String, Duration> = BTreeMap::new();
    let mut titles: BTreeMap<String, String> = BTreeMap::new();
    for entry in entries(block).unwrap_or_default() {
        let Some(equals) = entry.iter().position(|byte| *byte == b'=') else { continue };
        let (key, value) = (String::from_utf8_lossy(&entry[..equals]).to_uppercase(), &entry[equals + 1..]);
        let text = || String::from_utf8_lossy(value).into_owned();
        match key.strip_prefix("CHAPTER") {
            Some(number) => match number.strip_suffix("NAME") {
                Some(number) => drop(titles.insert(number.to_owned(), text())),
                None => drop(time(&text()).map(|time| times.insert(number.to_owned(), time))),
            },
            None if key == KEY => carried.script = Some(value.to_vec()),
            None if key == "TITLE" => carried.title = Some(text()),
            None => {}
        }
    }
    for (number, time) in times {
        carried.chapters.push((time, titles.remove(&number).unwrap_or(number)));
    }
    carried.chapters.sort();
    carried
}

/// The entries of a Vorbis comment block; nothing when it breaks off.
fn entries(mut block: &[u8]) -> Option<Vec<&[u8]>> {
    fn number(block: &mut &[u8]) -> Option<usize> {
        let number;
        (number, *block) = block.split_first_chunk::<4>()?;
        Some(u32::from_le_bytes(*number) as usize)
    }
    let vendor = number(&mut block)?;
    block = block.get(vendor..)?;
    let count = number(&mut block)?;
    let mut entries = Vec::new();
    for _ in 0..count {
        let size = number(&mut block)?;
        let (entry, rest) = block.split_at_checked(size)?;
        entries.push(entry);
        block = rest;
    }
    Some(entries)
}

/// A time as `00:01:30.000`.
fn time(text: &str) -> Option<Duration> {
    let seconds = text.split(':').try_fold(0.0, |all, part| Some(all * 60.0 + part.parse::<f64>().ok()?))?;
    Duration::try_from_secs_f64(seconds).ok()
}

/// Frames of an ID3v2.4 tag: `TXXX`, `TIT2` and `CHAP`.
fn from_id3(file: &mut impl Read) -> Found {
    let head: [u8; 10] = array(file)?;
    // Only what we write ourselves: version 4 without flags.
    if &head[..4] != b"ID3\x04" || head[5] != 0 {
        return Ok(Carried::default());
    }
    let tag = bytes(file, synchsafe(&head[6..]))?;
    let mut carried = Carried::default();
    for (name, body) in id3_frames(&tag) {
        match &name {
            b"TXXX" => {
                let text = body.strip_prefix(b"\x03").and_then(|text| text.strip_prefix(KEY.as_bytes()));
                if let Some(text) = text.and_then(|text| text.strip_prefix(b"\0")) {
                    carried.script = Some(text.to_vec());
                }
            }
            b"TIT2" => carried.title = id3_text(body),
            b"CHAP" => {
                // Its own name, then begin and end in milliseconds and in bytes, then frames of its own.
                let Some(end) = body.iter().position(|byte| *byte == 0) else { continue };
                let Some((times, frames)) = body[end + 1..].split_first_chunk::<16>() else { continue };
                let begin = u32::from_be_bytes([times[0], times[1], times[2], times[3]]);
                let title = id3_frames(frames).find(|(name, _)| name == b"TIT2").and_then(|(_, text)| id3_text(text));
                carried.chapters.push((Duration::from_millis(begin.into()), title.unwrap_or_default()));
            }
            _ => {}
        }
    }
    carried.chapters.sort();
    Ok(carried)
}

fn synchsafe(size: &[u8]) -> u64 {
    size.iter().fold(0u64, |all, byte| all << 7 | u64::from(byte & 0x7f))
}

/// The frames of a tag, or of a frame that holds some.
fn id3_frames(mut rest: &[u8]) -> impl Iterator<Item = ([u8; 4], &[u8])> {
    std::iter::from_fn(move || {
        let (head, after) = rest.split_first_chunk::<10>()?;
        let (body, after) = after.split_at_checked(synchsafe(&head[4..8]) as usize)?;
        rest = after;
        Some(([head[0], head[1], head[2], head[3]], body))
    })
}

/// A text in UTF-8.
fn id3_text(body: &[u8]) -> Option<String> {
    let text = String::from_utf8_lossy(body.strip_prefix(b"\x03")?);
    Some(text.trim_end_matches('\0').to_owned())
}
