//! Sessions carried from one library to another, in a folder or a zip archive. A folder that was exported is itself a library.

mod export;
mod import;
mod names;
mod source;

pub use export::Exported;
pub use import::Imported;

/// What an archive may hold. What it claims is not believed: bytes are counted as they are unpacked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Bytes of one file.
    pub file: u64,
    /// Bytes of all files.
    pub all: u64,
    /// How many files there may be.
    pub files: usize,
    /// How many times as large as its packed bytes a file may be, when it is larger than `small`.
    pub ratio: u64,
    /// Bytes of a file whose ratio does not matter.
    pub small: u64,
}

impl Default for Limits {
    /// 4 GiB a file, which is 18 hours of FLAC, 64 GiB and a million files in all. Ours pack sound as it is, and text to a tenth.
    fn default() -> Self {
        Self { file: 4 << 30, all: 64 << 30, files: 1_000_000, ratio: 200, small: 16 << 20 }
    }
}
