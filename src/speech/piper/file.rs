//! Reads the file of a voice, and hashes it meanwhile.

use super::SpeechError;
use std::{fs::File, io::Read, path::Path, sync::mpsc::channel, thread};

/// The largest file that is taken for a part of a voice; the largest Piper voices have 120 MB.
const MAX_BYTES: u64 = 1 << 30;

/// Read and hashed at once.
const CHUNK: usize = 1 << 22;

/// The whole of a file that is not too large to be part of a voice, and the BLAKE3 hash of it and of `more`.
///
/// # Errors
///
/// When the file cannot be read, or is too large.
pub(super) fn read(path: &Path, more: &[u8]) -> Result<(Vec<u8>, blake3::Hash), SpeechError> {
    let read = |source| SpeechError::Read { path: path.into(), source };
    let mut file = File::open(path).map_err(read)?;
    let length = file.metadata().map_err(read)?.len();
    if length > MAX_BYTES {
        let reason = format!("it is larger than {} MiB", MAX_BYTES >> 20);
        return Err(SpeechError::Malformed { path: path.into(), reason });
    }
    let mut bytes = vec![0; length as usize];
    // The two take about the same time, and a core each.
    let hash = thread::scope(|scope| {
        let (send, chunks) = channel::<&[u8]>();
        let hasher = scope.spawn(move || {
            let mut hasher = blake3::Hasher::new();
            for chunk in chunks {
                hasher.update(chunk);
            }
            hasher.update(more).finalize()
        });
        for chunk in bytes.chunks_mut(CHUNK) {
            file.read_exact(chunk)?;
            let _ = send.send(chunk);
        }
        drop(send);
        hasher.join().map_err(|_| std::io::Error::other("it cannot be hashed"))
    });
    Ok((bytes, hash.map_err(read)?))
}
