//! The script that a finished file carries, read back.

use std::{
    fs::{self, File},
    io::{self, BufReader, Read, Seek, SeekFrom},
    path::{Path, PathBuf},
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

/// The script that was written into a WAV, FLAC, Opus or MP3 file, as it was given to the sink.
///
/// # Errors
///
/// When the file cannot be read, is of another kind or damaged, or has no script.
pub fn extract_script(path: &Path) -> Result<String, ExtractError> {
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
    match found {
        Ok(Some(script)) => String::from_utf8(script).map_err(|_| ExtractError::Damaged { path: path.to_owned() }),
        Ok(None) => Err(ExtractError::None { path: path.to_owned() }),
        Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => {
            Err(ExtractError::Damaged { path: path.to_owned() })
        }
        Err(source) => Err(read(source)),
    }
}

type Found = io::Result<Option<Vec<u8>>>;

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
                return Ok(Some(text[..end].to_vec()));
            }
            // It stands before the sound.
            b"data" => return Ok(None),
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
            return Ok(None);
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
                    return Ok(packet.strip_prefix(b"OpusTags").and_then(from_comments));
                }
                packet.clear();
            }
        }
    }
}

/// A value of a Vorbis comment block.
fn from_comments(mut block: &[u8]) -> Option<Vec<u8>> {
    fn number(block: &mut &[u8]) -> Option<usize> {
        let number;
        (number, *block) = block.split_first_chunk::<4>()?;
        Some(u32::from_le_bytes(*number) as usize)
    }
    let vendor = number(&mut block)?;
    block = block.get(vendor..)?;
    let count = number(&mut block)?;
    for _ in 0..count {
        let size = number(&mut block)?;
        let (entry, rest) = block.split_at_checked(size)?;
        block = rest;
        let (key, value) = entry.split_at_checked(KEY.len() + 1).unwrap_or((entry, &[]));
        if key.eq_ignore_ascii_case(format!("{KEY}=").as_bytes()) {
            return Some(value.to_vec());
        }
    }
    None
}

/// A `TXXX` frame of an ID3v2.4 tag.
fn from_id3(file: &mut impl Read) -> Found {
    let head: [u8; 10] = array(file)?;
    let synchsafe = |size: &[u8]| size.iter().fold(0u64, |all, byte| all << 7 | u64::from(byte & 0x7f));
    // Only what we write ourselves: version 4 without flags.
    if &head[..4] != b"ID3\x04" || head[5] != 0 {
        return Ok(None);
    }
    let tag = bytes(file, synchsafe(&head[6..]))?;
    let mut rest = &tag[..];
    while let Some((head, after)) = rest.split_first_chunk::<10>() {
        let Some((body, after)) = after.split_at_checked(synchsafe(&head[4..8]) as usize) else { break };
        rest = after;
        let text = body.strip_prefix(b"\x03").and_then(|text| text.strip_prefix(KEY.as_bytes()));
        if let (b"TXXX", Some(text)) = (&head[..4], text.and_then(|text| text.strip_prefix(b"\0"))) {
            return Ok(Some(text.to_vec()));
        }
    }
    Ok(None)
}
