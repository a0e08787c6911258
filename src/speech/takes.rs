//! Takes of one session, kept in a file while it is mixed, so that memory does not grow with its length.

use crate::audio::{Frames, Take};
use std::{
    collections::BTreeMap,
    fs::File,
    io,
    os::unix::fs::FileExt,
    path::Path,
    sync::{Mutex, PoisonError},
};

/// Takes by the number of their utterance.
///
/// They lie in a file without a name, which goes when this does, also when the process is ended.
#[derive(Debug)]
pub struct Takes {
    file: File,
    /// Where each take begins in the file, in samples, and how long it is.
    index: Mutex<Index>,
}

#[derive(Debug, Default)]
struct Index {
    end: u64,
    takes: Vec<(u64, u64)>,
    /// The beginnings of takes that are still being made.
    early: BTreeMap<usize, Vec<f32>>,
}

impl Takes {
    /// Room for a number of takes, in a file in this folder.
    ///
    /// # Errors
    ///
    /// When the file cannot be made.
    pub fn in_folder(folder: &Path, count: usize) -> io::Result<Self> {
        let index = Index { end: 0, takes: vec![(0, 0); count], early: BTreeMap::new() };
        Ok(Self { file: tempfile::tempfile_in(folder)?, index: Mutex::new(index) })
    }

    /// Stores the take of an utterance. Any thread may do so, in any order.
    ///
    /// # Errors
    ///
    /// When the file cannot be written.
    pub fn put(&self, utterance: usize, take: &Take) -> io::Result<()> {
        let start = {
            let mut index = self.index.lock().unwrap_or_else(PoisonError::into_inner);
            let start = index.end;
            index.end += take.frames().0;
            start
        };
        let bytes: Vec<u8> = take.samples().iter().flat_map(|sample| sample.to_le_bytes()).collect();
        self.file.write_all_at(&bytes, start * 4)?;
        let mut index = self.index.lock().unwrap_or_else(PoisonError::into_inner);
        index.takes[utterance] = (start, take.frames().0);
        index.early.remove(&utterance);
        Ok(())
    }

    /// Appends samples to a take that is still being made, so that its beginning can be read; the result is how many there are.
    pub fn begin(&self, utterance: usize, samples: &[f32]) -> Frames {
        let mut index = self.index.lock().unwrap_or_else(PoisonError::into_inner);
        let early = index.early.entry(utterance).or_default();
        early.extend_from_slice(samples);
        Frames(early.len() as u64)
    }

    /// Lengths of all takes.
    #[must_use]
    pub fn lengths(&self) -> Vec<Frames> {
        let index = self.index.lock().unwrap_or_else(PoisonError::into_inner);
        index.takes.iter().map(|(_, length)| Frames(*length)).collect()
    }

    /// Reads `out.len()` samples of a take from `from` on; what lies past its end is silent.
    ///
    /// A sample that the disk does not give back is silent too: it was there when the take was stored.
    pub fn read(&self, utterance: usize, from: Frames, out: &mut [f32]) {
        let (start, length) = {
            let index = self.index.lock().unwrap_or_else(PoisonError::into_inner);
            if let Some(early) = index.early.get(&utterance) {
                let there = early.get(from.0 as usize..).unwrap_or_default();
                let count = there.len().min(out.len());
                out[..count].copy_from_slice(&there[..count]);
                out[count..].fill(0.0);
                return;
            }
            index.takes[utterance]
        };
        let count = (length.saturating_sub(from.0) as usize).min(out.len());
        let (there, rest) = out.split_at_mut(count);
        rest.fill(0.0);
        let mut bytes = [0u8; 4 * 1024];
        for (i, chunk) in there.chunks_mut(1024).enumerate() {
            let bytes = &mut bytes[..chunk.len() * 4];
            let at = (start + from.0 + i as u64 * 1024) * 4;
            if self.file.read_exact_at(bytes, at).is_err() {
                bytes.fill(0);
            }
            for (sample, bytes) in chunk.iter_mut().zip(bytes.chunks_exact(4)) {
                *sample = f32::from_le_bytes(std::array::from_fn(|i| bytes[i]));
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::audio::{Clip, SampleRate};

    #[test]
    fn takes_are_read_back_from_any_place_and_silent_past_their_end() {
        let folder = tempfile::tempdir().unwrap();
        let takes = Takes::in_folder(folder.path(), 2).unwrap();
        let clip = |samples: Vec<f32>| Clip { samples, rate: SampleRate::HZ_48000 };
        let take = |samples| Take::conform(clip(samples), SampleRate::HZ_48000).unwrap();
        takes.put(1, &take((0..3000).map(|i| (i + 1) as f32).collect())).unwrap();
        takes.put(0, &take(vec![7.0; 5])).unwrap();
        assert_eq!(takes.lengths(), [Frames(5), Frames(3000)]);
        let mut out = [9.0; 4];
        takes.read(1, Frames(2998), &mut out);
        assert_eq!(out, [2999.0, 3000.0, 0.0, 0.0]);
        takes.read(0, Frames(3), &mut out);
        assert_eq!(out, [7.0, 7.0, 0.0, 0.0]);
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0, "the file has no name");
    }
}
