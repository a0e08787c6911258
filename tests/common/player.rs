//! What is played, recorded by ALSA itself, without a sound card.

use super::{Desk, stderr};
use serde_json::Value;
use std::{
    path::{Path, PathBuf},
    process::Command,
};

/// The program with a device that records what is played, and the recording.
pub fn recorded(desk: &Desk, args: &[&str]) -> (Command, PathBuf) {
    let config = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/asound-capture.conf");
    let capture = desk.path("capture.wav");
    let mut command = desk.command(args);
    command.env("ALSA_CONFIG_PATH", config).env("CAPTURE", &capture);
    (command, capture)
}

/// Plays to the end, and gives how it ended and the frames that were recorded.
pub fn play(desk: &Desk, args: &[&str]) -> (Value, Vec<[i16; 2]>) {
    let (mut command, capture) = recorded(desk, args);
    let output = command.arg("--json").output().unwrap();
    assert!(output.status.success(), "{args:?}: {}", stderr(&output));
    (serde_json::from_slice(&output.stdout).unwrap(), captured(&capture))
}

/// The frames of a recording: its header was never finished.
pub fn captured(path: &Path) -> Vec<[i16; 2]> {
    let bytes = std::fs::read(path).unwrap();
    let sample = |bytes: &[u8]| i16::from_le_bytes([bytes[0], bytes[1]]);
    bytes[44..].chunks_exact(4).map(|frame| [sample(frame), sample(&frame[2..])]).collect()
}

/// The frames of `s.md`, rendered.
pub fn rendered(desk: &Desk, script: &str, args: &[&str]) -> Vec<[i16; 2]> {
    desk.write("s.md", script);
    desk.good(&[&["render", "s.md", "-o", "s.wav", "--quiet"], args].concat());
    super::frames(&desk.path("s.wav"))
}

/// How many of the last frames that are not silent are the same.
pub fn same_at_the_end(a: &[[i16; 2]], b: &[[i16; 2]]) -> usize {
    let last = |frames: &[[i16; 2]]| frames.iter().rposition(|frame| *frame != [0, 0]).unwrap() + 1;
    let equal = |(a, b): &(&[i16; 2], &[i16; 2])| a[0].abs_diff(b[0]) <= 1 && a[1].abs_diff(b[1]) <= 1;
    a[..last(a)].iter().rev().zip(b[..last(b)].iter().rev()).take_while(equal).count()
}
