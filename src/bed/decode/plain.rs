//! RF64, shown to a decoder that knows RIFF, and files that do not tell their length.

use crate::bed::riff;
use std::{
    fs::File,
    io::{self, Read, Seek, SeekFrom},
};
use symphonia::core::io::MediaSource;

/// A file as it is, but for RF64, which looks like the RIFF that it is an extension of: with sizes that are not known. Those of a file
/// that was written to a pipe are not known either.
pub(super) struct Plain {
    file: File,
    /// The first bytes that are shown, and how much of the file was.
    head: [u8; 4],
    at: u64,
    seekable: bool,
    /// How many frames such a file has, where that is known.
    pub(super) frames: Option<u64>,
}

impl Plain {
    pub(super) fn new(mut file: File) -> io::Result<Self> {
        let mut start = [0; 44];
        file.rewind()?;
        // What is shorter is no sound in any format.
        let whole = file.read_exact(&mut start).is_ok();
        let [mut head, kind] = [0, 12].map(|at| [start[at], start[at + 1], start[at + 2], start[at + 3]]);
        let mut frames = None;
        if whole && &head == b"RF64" {
            head = *b"RIFF";
            // Size of the file, of the sound, and then frames; zero is not known.
            let count = start.last_chunk::<8>().filter(|_| &kind == b"ds64");
            frames = count.map(|count| u64::from_le_bytes(*count)).filter(|count| *count > 0);
        }
        frames = frames.or_else(|| riff::streamed(&mut file));
        file.rewind()?;
        Ok(Self { file, head, at: 0, seekable: true, frames })
    }

    /// The same behind its tag, shown only from there on.
    pub(super) fn without_a_way_back(mut self) -> io::Result<Self> {
        let tag = tag(&mut self.file)?;
        self.at = self.file.seek(SeekFrom::Start(tag))?;
        self.seekable = false;
        Ok(self)
    }
}

/// How long the `ID3v2` tag is that a file begins with (section 3.1 of its specification, version 2.4).
fn tag(file: &mut File) -> io::Result<u64> {
    let mut head = [0; 10];
    file.rewind()?;
    if file.read_exact(&mut head).is_err() || &head[..3] != b"ID3" {
        return Ok(0);
    }
    let size = head[6..].iter().fold(0, |size, byte| size << 7 | u64::from(byte & 0x7f));
    let footer = if head[5] & 0x10 == 0 { 0 } else { 10 };
    Ok(10 + size + footer)
}

impl Read for Plain {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        let count = self.file.read(out)?;
        for (shown, head) in out[..count].iter_mut().zip(self.head.iter().skip(self.at as usize)) {
            *shown = *head;
        }
        self.at += count as u64;
        Ok(count)
    }
}

impl Seek for Plain {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        self.at = self.file.seek(to)?;
        Ok(self.at)
    }
}

impl MediaSource for Plain {
    fn is_seekable(&self) -> bool {
        self.seekable
    }

    fn byte_len(&self) -> Option<u64> {
        self.file.metadata().ok().map(|metadata| metadata.len())
    }
}
