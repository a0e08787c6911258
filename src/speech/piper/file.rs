//! Reads the file of a voice, and hashes it.

use super::SpeechError;
use rayon::prelude::*;
use std::{
    fs::File,
    io::{Read, Seek, SeekFrom},
    path::Path,
};

/// The largest file that is taken for a part of a voice; the largest Piper voices have 120 MB.
const MAX_BYTES: u64 = 1 << 30;

/// Read at once.
const CHUNK: usize = 1 << 22;

/// The whole of a file that is not too large to be part of a voice, and the BLAKE3 hash of it and of `more`.
///
/// # Errors
///
/// When the file cannot be read, or is too large.
pub(super) fn read(path: &Path, more: &[u8]) -> Result<(Vec<u8>, blake3::Hash), SpeechError> {
    let read = |source| SpeechError::Read { path: path.into(), source };
    let length = File::open(path).and_then(|file| file.metadata()).map_err(read)?.len();
    if length > MAX_BYTES {
        let reason = format!("it is larger than {} MiB", MAX_BYTES >> 20);
        return Err(SpeechError::Malformed { path: path.into(), reason });
    }
    let mut bytes = vec![0; length as usize];
    // Where memory comes slowly, getting it takes longer than reading: every core gets a part of it.
    let parts = bytes.par_chunks_mut(CHUNK).enumerate();
    parts
        .try_for_each(|(part, bytes)| {
            let mut file = File::open(path)?;
            file.seek(SeekFrom::Start((part * CHUNK) as u64))?;
            file.read_exact(bytes)
        })
        .map_err(read)?;
    let hash = blake3::Hasher::new().update_rayon(&bytes).update(more).finalize();
    Ok((bytes, hash))
}
