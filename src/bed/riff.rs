//! The chunks of a WAV file.

use std::{
    fs::File,
    io::{Read, Seek, SeekFrom},
};

/// The most that is read of a chunk: a thousand chapters need far less.
const LONGEST: u32 = 1 << 20;

/// Chunks one after the other, as far as the file is whole.
pub(super) struct Chunks<'a> {
    file: &'a mut File,
    /// Where the next one begins.
    next: u64,
    /// The bytes of sound in a file of more than 4 GiB.
    sound: u64,
    left: u32,
}

/// One of them.
pub(super) struct Chunk {
    pub(super) id: [u8; 4],
    pub(super) size: u32,
    /// Where its body begins.
    pub(super) at: u64,
}

impl<'a> Chunks<'a> {
    /// Those of a file that begins as a WAV file does.
    pub(super) fn of(file: &'a mut File) -> Option<Self> {
        let mut head = [0u8; 12];
        file.rewind().ok()?;
        file.read_exact(&mut head).ok()?;
        let wave = matches!(&head[..4], b"RIFF" | b"RF64") && &head[8..] == b"WAVE";
        // No file that is meant well has more chunks than this.
        wave.then_some(Self { file, next: 12, sound: 0, left: 256 })
    }

    /// The body of one, unless it is longer than anything that is read whole.
    pub(super) fn body(&mut self, chunk: &Chunk) -> Option<Vec<u8>> {
        self.file.seek(SeekFrom::Start(chunk.at)).ok()?;
        let mut body = vec![0; (chunk.size <= LONGEST).then_some(chunk.size as usize)?];
        self.file.read_exact(&mut body).ok()?;
        Some(body)
    }

    /// How many bytes there are from the beginning of a chunk's body to the end of the file.
    pub(super) fn to_end(&self, chunk: &Chunk) -> Option<u64> {
        self.file.metadata().ok()?.len().checked_sub(chunk.at)
    }
}

impl Iterator for Chunks<'_> {
    type Item = Chunk;

    fn next(&mut self) -> Option<Chunk> {
        self.left = self.left.checked_sub(1)?;
        let mut head = [0u8; 8];
        self.file.seek(SeekFrom::Start(self.next)).ok()?;
        self.file.read_exact(&mut head).ok()?;
        let chunk = Chunk { id: [head[0], head[1], head[2], head[3]], size: word(&head, 4)?, at: self.next + 8 };
        if &chunk.id == b"ds64"
            && let Some(body) = self.body(&chunk)
        {
            self.sound = long(&body, 8).unwrap_or(0);
        }
        let size = if chunk.size == u32::MAX { self.sound } else { u64::from(chunk.size) };
        self.next = chunk.at.checked_add(size)?.checked_add(size % 2)?;
        Some(chunk)
    }
}

/// The first loop of a file's `smpl` chunk in the file's own frames, its end excluded.
pub(super) fn sampler_loop(file: &mut File) -> Option<(u64, u64)> {
    let mut chunks = Chunks::of(file)?;
    let chunk = chunks.find(|chunk| &chunk.id == b"smpl" && chunk.size >= 60)?;
    let body = chunks.body(&chunk)?;
    // 36 bytes about the sampler, then loops: id, kind, first frame, last frame.
    let (count, first, last) = (word(&body, 28)?, word(&body, 44)?, word(&body, 48)?);
    (count > 0 && last > first).then(|| (u64::from(first), u64::from(last) + 1))
}

/// How many frames there are in a file that was written without knowing it, as programs do that write to a pipe.
pub(super) fn streamed(file: &mut File) -> Option<u64> {
    let mut chunks = Chunks::of(file)?;
    let format = chunks.find(|chunk| &chunk.id == b"fmt ")?;
    let format = chunks.body(&format)?;
    let frame = u64::from(u16::from_le_bytes([*format.get(12)?, *format.get(13)?]));
    let sound = chunks.find(|chunk| &chunk.id == b"data")?;
    let unknown = sound.size == u32::MAX && chunks.sound == 0;
    chunks.to_end(&sound).filter(|_| unknown)?.checked_div(frame)
}

pub(super) fn word(bytes: &[u8], at: usize) -> Option<u32> {
    let four = bytes.get(at..at.checked_add(4)?)?;
    Some(u32::from_le_bytes([four[0], four[1], four[2], four[3]]))
}

/// Two words, the lower first.
pub(super) fn long(bytes: &[u8], at: usize) -> Option<u64> {
    Some(u64::from(word(bytes, at + 4)?) << 32 | u64::from(word(bytes, at)?))
}
