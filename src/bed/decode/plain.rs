//! RF64, shown to a decoder that knows RIFF.

use std::{
    fs::File,
    io::{self, Read, Seek, SeekFrom},
};
use symphonia::core::io::MediaSource;

/// A file as it is, but for RF64, which looks like the RIFF that it is an extension of: with sizes that are not known.
pub(super) struct Plain {
    file: File,
    /// The first bytes that are shown, and how much of the file was.
    head: [u8; 4],
    at: u64,
    /// How many frames an RF64 file says that it has.
    pub(super) frames: Option<u64>,
}

impl Plain {
    pub(super) fn new(mut file: File) -> io::Result<Self> {
        let mut start = [0; 44];
        // What is shorter is no sound in any format.
        let whole = file.read_exact(&mut start).is_ok();
        file.rewind()?;
        let [mut head, kind] = [0, 12].map(|at| [start[at], start[at + 1], start[at + 2], start[at + 3]]);
        let mut frames = None;
        if whole && &head == b"RF64" {
            head = *b"RIFF";
            // Size of the file, of the sound, and then frames; zero is not known.
            let count = start.last_chunk::<8>().filter(|_| &kind == b"ds64");
            frames = count.map(|count| u64::from_le_bytes(*count)).filter(|count| *count > 0);
        }
        Ok(Self { file, head, at: 0, frames })
    }
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
        true
    }

    fn byte_len(&self) -> Option<u64> {
        self.file.metadata().ok().map(|metadata| metadata.len())
    }
}
