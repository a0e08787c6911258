//! What goes wrong while something is played: sound systems that stand still, files that break off, words that are late.
#![cfg(target_os = "linux")]
#![allow(clippy::unwrap_used, reason = "a test says what it expects by unwrapping it")]

mod common;

use common::{
    Desk,
    player::{play, recorded, rendered},
    stderr,
};
use rustix::process::{Pid, Signal, kill_process};
use std::{
    fs::File,
    io::{BufRead, BufReader, Read},
    process::{Command, Stdio},
    time::{Duration, Instant},
};

const TONES: &str = "---\nvoice: tone\n---\nLet go. [pause 20s] And rest. [pause 30s] And wake.\n";

/// The program with a device that takes what somebody else reads, and no more.
fn stopped(desk: &Desk) -> Command {
    let (mut command, capture) = recorded(desk, &["play", "s.wav"]);
    assert!(Command::new("mkfifo").arg(&capture).status().unwrap().success());
    command.stdout(Stdio::piped()).stderr(Stdio::piped());
    command
}

#[test]
fn a_sound_system_that_does_not_answer_is_given_up() {
    let desk = Desk::new();
    rendered(&desk, TONES, &[]);
    let began = Instant::now();
    let output = stopped(&desk).output().unwrap();
    assert!(began.elapsed() < Duration::from_secs(10));
    assert_eq!(
        stderr(&output),
        "error: there is no sound device to play on: the sound system does not answer; connect one, or write a file instead: \
         undertone render -o FILE.wav\n"
    );
    assert_eq!(output.status.code(), Some(1));
}

#[test]
fn a_sound_system_that_stops_answering_is_said_and_does_not_keep_the_program_from_ending() {
    let desk = Desk::new();
    rendered(&desk, TONES, &[]);
    let mut player = stopped(&desk).spawn().unwrap();
    let mut device = File::open(desk.path("capture.wav")).unwrap();
    // Two seconds of sound, and then nothing more.
    device.read_exact(&mut vec![0; 2 * 48_000 * 4]).unwrap();
    let mut said = BufReader::new(player.stderr.take().unwrap()).lines().map(Result::unwrap);
    assert!(said.any(|line| line.ends_with("no device to play on; it goes on when there is one")));
    kill_process(Pid::from_child(&player), Signal::TERM).unwrap();
    let began = Instant::now();
    assert_eq!(player.wait().unwrap().code(), Some(143));
    assert!(began.elapsed() < Duration::from_secs(10));
    drop(device);
}

#[test]
fn words_that_are_not_there_yet_are_entered_where_they_begin() {
    let desk = Desk::new();
    let sentence = "This is a sentence that is long enough to be entered in its middle, wherever it may come to lie.";
    let script = format!("[silence 2s]\n{sentence}\n");
    let whole = rendered(&desk, &script, &[]);
    let sound = |frames: &[[i16; 2]]| frames.iter().filter(|frame| **frame != [0, 0]).count();
    assert!(sound(&whole) > 4 * 48_000, "{}", sound(&whole));
    desk.write("s.md", &script);
    let (ended, recording) = play(&desk, &["play", "s.md", "--from", "4s", "--no-cache"]);
    assert_eq!(ended["finished"], true);
    assert!(sound(&recording) > sound(&whole) * 19 / 20, "{} of {}", sound(&recording), sound(&whole));
    // What was spoken before is there at once, and entered where it was asked for.
    play(&desk, &["play", "s.md"]);
    let (ended, _) = play(&desk, &["play", "s.md", "--from", "4s"]);
    let played = ended["played_s"].as_f64().unwrap();
    assert!((played - (whole.len() as f64 / 48_000.0 - 4.0)).abs() < 0.02, "{played}");
}

#[test]
fn a_file_that_breaks_off_ends_there_also_for_whoever_begins_behind_it() {
    let desk = Desk::new();
    rendered(&desk, TONES, &[]);
    let whole = std::fs::read(desk.path("s.wav")).unwrap();
    desk.write("cut.wav", &whole[..10 * 48_000 * 4]);
    for (from, played) in [("8s", 2.0), ("40s", 0.0)] {
        let (mut command, _) = recorded(&desk, &["play", "cut.wav", "--json", "--from", from]);
        let output = command.output().unwrap();
        assert!(output.status.success(), "{}", stderr(&output));
        assert!(stderr(&output).contains("cut.wav ends early: "), "{}", stderr(&output));
        let ended: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
        assert_eq!(ended["finished"], true);
        assert!((ended["played_s"].as_f64().unwrap() - played).abs() < 0.05, "{ended}");
    }
}

#[test]
fn a_file_that_does_not_tell_its_length_is_heard_to_its_end_and_entered_anywhere() {
    let desk = Desk::new();
    let whole = rendered(&desk, TONES, &[]).len() as f64 / 48_000.0;
    // As a program writes it to a pipe.
    let mut wav = std::fs::read(desk.path("s.wav")).unwrap();
    let data = wav.windows(4).position(|id| id == b"data").unwrap();
    [4, data + 4].into_iter().for_each(|size| wav[size..size + 4].fill(0xff));
    desk.write("piped.wav", &wav);
    // A variable rate whose first frame, which tells how many there are, is missing.
    desk.good(&["render", "s.md", "-o", "s.mp3", "--quiet"]);
    let mp3 = std::fs::read(desk.path("s.mp3")).unwrap();
    let told = mp3.windows(4).position(|id| id == b"Xing" || id == b"Info").unwrap();
    let second = told + mp3[told..].windows(2).position(|sync| sync == [0xff, 0xfb]).unwrap();
    desk.write("bare.mp3", &mp3[second..]);
    for file in ["piped.wav", "bare.mp3"] {
        for from in [0.0, 45.0] {
            let (mut command, _) = recorded(&desk, &["play", file, "--json", "--from", &format!("{from}s")]);
            let output = command.output().unwrap();
            assert!(!stderr(&output).contains("early"), "{}", stderr(&output));
            let ended: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
            let (played, position) = (ended["played_s"].as_f64().unwrap(), ended["position_s"].as_f64().unwrap());
            assert!((played + from - whole).abs() < 0.06 && (position - whole).abs() < 0.06, "{file}: {ended}");
        }
        let (mut command, _) = recorded(&desk, &["play", file, "--from", "2m"]);
        let said = stderr(&command.output().unwrap());
        assert!(said.starts_with(&format!("error: it cannot begin at 2m: it lasts 0:{whole:.0}\n")), "{file}: {said}");
    }
}

#[test]
fn a_length_that_cannot_be_reached_is_told_while_it_is_played_and_refused_once_it_is_known() {
    let desk = Desk::new();
    desk.write("s.md", TONES.replace("tone\n", "tone\nduration: 40s\n"));
    let (mut command, _) = recorded(&desk, &["play", "s.md"]);
    let output = command.output().unwrap();
    assert!(output.status.success(), "{}", stderr(&output));
    assert!(stderr(&output).contains("40"), "{}", stderr(&output));
    let (mut command, _) = recorded(&desk, &["play", "s.md"]);
    let output = command.output().unwrap();
    assert!(!output.status.success(), "{}", stderr(&output));
}
