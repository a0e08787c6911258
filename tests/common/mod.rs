//! The program as a person runs it.
#![allow(dead_code, unreachable_pub, missing_docs, reason = "each test uses a part of this")]

pub mod cues;
pub mod library;
pub mod player;

use std::{
    fs,
    path::{Path, PathBuf},
    process::{Command, Output},
};

/// A folder of its own for a test, with a cache of its own.
pub struct Desk {
    pub folder: tempfile::TempDir,
}

impl Desk {
    pub fn new() -> Self {
        Self { folder: tempfile::tempdir().unwrap() }
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    pub fn write(&self, name: &str, text: impl AsRef<[u8]>) -> PathBuf {
        let path = self.path(name);
        fs::write(&path, text).unwrap();
        path
    }

    /// The program, run in the folder.
    pub fn command(&self, args: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_undertone"));
        command
            .args(args)
            .current_dir(self.folder.path())
            .env("UNDERTONE_CACHE", self.path("cache"))
            .env("UNDERTONE_STATE", self.path("state"))
            .env("UNDERTONE_VOICES", Path::new(env!("CARGO_MANIFEST_DIR")).join("voices"))
            .stdin(std::process::Stdio::null());
        command
    }

    pub fn run(&self, args: &[&str]) -> Output {
        self.command(args).output().unwrap()
    }

    /// Runs it and expects success; the result is what it printed.
    pub fn good(&self, args: &[&str]) -> String {
        let output = self.run(args);
        assert!(output.status.success(), "{args:?}: {}", stderr(&output));
        String::from_utf8(output.stdout).unwrap()
    }

    /// Runs it with `--json` and expects success.
    pub fn json(&self, args: &[&str]) -> serde_json::Value {
        let mut args = args.to_vec();
        args.push("--json");
        serde_json::from_str(&self.good(&args)).unwrap()
    }

    /// Names of what lies in the folder, but for the cache.
    pub fn names(&self) -> Vec<String> {
        let mut names: Vec<String> = fs::read_dir(self.folder.path())
            .unwrap()
            .flatten()
            .map(|entry| entry.file_name().to_string_lossy().into_owned())
            .filter(|name| name != "cache" && name != "state")
            .collect();
        names.sort();
        names
    }
}

pub fn stderr(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

/// Frames of a 16-bit stereo WAV file.
pub fn frames(path: &Path) -> Vec<[i16; 2]> {
    let mut reader = hound::WavReader::open(path).unwrap();
    let samples: Vec<i16> = reader.samples().map(Result::unwrap).collect();
    samples.chunks_exact(2).map(|frame| [frame[0], frame[1]]).collect()
}

/// Lengths of all runs of digital silence of at least `least` frames.
pub fn silences(frames: &[[i16; 2]], least: usize) -> Vec<usize> {
    frames
        .chunk_by(|a, b| (*a == [0, 0]) == (*b == [0, 0]))
        .filter(|run| run[0] == [0, 0] && run.len() >= least)
        .map(<[_]>::len)
        .collect()
}
