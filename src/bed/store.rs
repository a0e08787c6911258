//! Decoded frames, in memory while they are few and in a file without a name when they are many.

use crate::audio::Stereo;
use std::{fs::File, io, os::unix::fs::FileExt};

/// Frames that are held in memory, 23 MB: a minute at 48,000 Hz.
const IN_MEMORY: usize = 60 * 48_000;

/// Bytes of a frame: two f32, little endian.
const FRAME: usize = 8;

/// Frames that are read by position.
#[derive(Debug, Default)]
pub(super) struct Store {
    memory: Vec<Stereo>,
    spool: Option<File>,
    length: u64,
}

impl Store {
    /// Appends interleaved left and right samples.
    pub(super) fn push(&mut self, samples: &[f32]) -> io::Result<()> {
        self.length += (samples.len() / 2) as u64;
        self.memory.extend(samples.chunks_exact(2).map(|pair| Stereo { left: pair[0], right: pair[1] }));
        let limit = if self.spool.is_some() { 1 << 16 } else { IN_MEMORY };
        if self.memory.len() > limit { self.spill() } else { Ok(()) }
    }

    /// Ends the writing.
    pub(super) fn finish(&mut self) -> io::Result<()> {
        if self.spool.is_some() { self.spill() } else { Ok(()) }
    }

    fn spill(&mut self) -> io::Result<()> {
        let done = self.length - self.memory.len() as u64;
        let file = match self.spool.take() {
            Some(file) => file,
            None => tempfile::tempfile()?,
        };
        let mut bytes = Vec::with_capacity(1 << 16);
        for (n, block) in self.memory.chunks((1 << 16) / FRAME).enumerate() {
            bytes.clear();
            for frame in block {
                bytes.extend_from_slice(&frame.left.to_le_bytes());
                bytes.extend_from_slice(&frame.right.to_le_bytes());
            }
            file.write_all_at(&bytes, done * FRAME as u64 + (n << 16) as u64)?;
        }
        self.memory = Vec::new();
        self.spool = Some(file);
        Ok(())
    }

    /// The number of frames.
    pub(super) fn length(&self) -> u64 {
        self.length
    }

    /// Overwrites `out` with frames from `at` on; past the end, and where a disk fails, is silence.
    pub(super) fn read(&self, at: u64, out: &mut [Stereo]) {
        let count = self.length.saturating_sub(at).min(out.len() as u64) as usize;
        let (inside, past) = out.split_at_mut(count);
        past.fill(Stereo::ZERO);
        let Some(file) = &self.spool else {
            if count > 0 {
                inside.copy_from_slice(&self.memory[at as usize..at as usize + count]);
            }
            return;
        };
        let mut bytes = [0u8; 1 << 13];
        let mut position = at * FRAME as u64;
        for block in inside.chunks_mut(bytes.len() / FRAME) {
            let bytes = &mut bytes[..block.len() * FRAME];
            if file.read_exact_at(bytes, position).is_err() {
                block.fill(Stereo::ZERO);
            } else {
                for (frame, raw) in block.iter_mut().zip(bytes.chunks_exact(FRAME)) {
                    frame.left = f32::from_le_bytes([raw[0], raw[1], raw[2], raw[3]]);
                    frame.right = f32::from_le_bytes([raw[4], raw[5], raw[6], raw[7]]);
                }
            }
            position += bytes.len() as u64;
        }
    }
}
