//! What is played is what is rendered: recorded by ALSA itself, without a sound card.
#![cfg(target_os = "linux")]
#![allow(clippy::unwrap_used, reason = "a test says what it expects by unwrapping it")]

mod common;

use common::{
    Desk,
    player::{captured, play, recorded, rendered, same_at_the_end},
    stderr,
};
use rustix::process::{Pid, Signal};
use serde_json::{Value, json};
use std::{
    io::{Read, Write},
    process::{Command, Stdio},
    time::{Duration, Instant},
};

const SCRIPT: &str = "---\nbeds: { rain: { recipe: night-rain, level: -20dB } }\n---\n[bed rain]\n\n# One\nWelcome here. Find a \
                      place where something solid is holding you. [pause 4s] And breathe.\n\n# Two\n[bell]\nSecurity can be \
                      earned. [pause 3s] It is never too late for it.\n...\nRest a while now.\n";

fn library<'a>(args: &[&'a str]) -> Vec<&'a str> {
    [&["library", "--library", "lib"], args].concat()
}

/// Where the frames of `wanted` begin in a recording.
fn found(recorded: &[[i16; 2]], wanted: &[[i16; 2]]) -> Option<usize> {
    recorded.windows(wanted.len()).position(|window| window == wanted)
}

/// Whether no sample is more than one step of 16 bits away.
fn same(played: &[[i16; 2]], rendered: &[[i16; 2]]) -> bool {
    played.len() >= rendered.len()
        && played.iter().zip(rendered).all(|(a, b)| a[0].abs_diff(b[0]) <= 1 && a[1].abs_diff(b[1]) <= 1)
}

/// Stands among keys for a change of the window's size.
const RESIZE: &[u8] = b"resize";

/// Plays `s.md` in a terminal of its own, presses keys one after the other once the screen is there, and gives the frames that were
/// recorded until it ended.
fn play_with(desk: &Desk, keys: &[&[u8]]) -> Vec<[i16; 2]> {
    let (play, capture) = recorded(desk, &["play", "s.md"]);
    // A terminal that takes keys: nothing but one shows the screen.
    let line = format!("exec {} play s.md", play.get_program().display());
    let mut terminal = Command::new("script");
    terminal.args(["-qefc", &line, "/dev/null"]).current_dir(desk.folder.path()).env("TERM", "xterm");
    terminal.envs(play.get_envs().filter_map(|(name, value)| Some((name, value?))));
    let mut terminal = terminal.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
    let mut screen = terminal.stdout.take().unwrap();
    let mut pressed = terminal.stdin.take().unwrap();
    assert_ne!(screen.read(&mut [0; 4096]).unwrap(), 0);
    for key in keys {
        std::thread::sleep(Duration::from_millis(100));
        if *key == RESIZE {
            let player = format!("/proc/{0}/task/{0}/children", terminal.id());
            let player: i32 = std::fs::read_to_string(player).unwrap().trim().parse().unwrap();
            rustix::process::kill_process(Pid::from_raw(player).unwrap(), Signal::WINCH).unwrap();
        } else {
            pressed.write_all(key).unwrap();
        }
    }
    std::io::copy(&mut screen, &mut std::io::sink()).unwrap();
    assert!(terminal.wait().unwrap().success());
    captured(&capture)
}

/// What is remembered of `s.md`.
fn remembered(desk: &Desk) -> toml::Table {
    let kept: Vec<_> = std::fs::read_dir(desk.path("state/positions")).unwrap().flatten().collect();
    assert_eq!(kept.len(), 1);
    std::fs::read_to_string(kept[0].path()).unwrap().parse().unwrap()
}

#[test]
fn a_session_is_played_in_the_samples_of_its_file() {
    let scripts = [
        SCRIPT,
        "---\nvoice: tone\nduration: 20s\nmaster: { loudness: -14LUFS }\n---\n[tone binaural 200Hz 6Hz -30dB]\nLet go.\n\nAnd \
         rest.\n[breathe in 2, hold 1, out 2]\n[bell tingsha]\n",
        "---\nmix: { room: -60dB }\n---\nOne. [pan -0.5] Two. [volume -6dB] Three. [pace 0.7] [silence 4s] And four.\n",
    ];
    for script in scripts {
        let desk = Desk::new();
        let whole = rendered(&desk, script, &[]);
        let (ended, recording) = play(&desk, &["play", "s.md"]);
        assert_eq!(ended["finished"], true);
        let onset = whole.iter().position(|frame| *frame != [0, 0]).unwrap();
        let begin = found(&recording, &whole[onset..onset + 2_000]).unwrap() - onset;
        assert!(same(&recording[begin..], &whole), "{script}");
        let played = ended["played_s"].as_f64().unwrap();
        assert!((played - whole.len() as f64 / 48_000.0).abs() < 1e-6, "{played}");
    }
}

#[test]
fn a_session_is_played_from_a_chapter_or_a_time_on() {
    let desk = Desk::new();
    let whole = rendered(&desk, SCRIPT, &[]);
    let (_, recording) = play(&desk, &["play", "s.md", "--from", "two"]);
    let heard = recording.iter().rposition(|frame| *frame != [0, 0]).unwrap() + 1;
    // What is heard of the file ends where the file ends.
    let last = whole.iter().rposition(|frame| *frame != [0, 0]).unwrap() + 1;
    let first = recording.iter().position(|frame| *frame != [0, 0]).unwrap();
    let length = heard - first;
    assert!((20 * 48_000..last - 10 * 48_000).contains(&length), "{length}");
    // The first 10 ms come in softly, before the chapter.
    assert!(same(&recording[first + 480..heard], &whole[last - length + 480..last]));

    let (_, recording) = play(&desk, &["play", "s.md", "--from", "20s"]);
    let at = 20 * 48_000;
    let begin = found(&recording, &whole[at..at + 2_000]).unwrap();
    assert!(same(&recording[begin..], &whole[at..]));
}

#[test]
fn a_key_jumps_without_a_click_and_what_follows_is_what_was_rendered() {
    let desk = Desk::new();
    let script =
        SCRIPT.replace("---\nbeds", "---\nmix: { fade_in: 0s }\nbeds").replace("breathe.", "breathe. [pause 10m]");
    let whole = rendered(&desk, &script, &[]);
    let recording = play_with(&desk, &[b"."]);
    let first = recording.iter().position(|frame| *frame != [0, 0]).unwrap();
    let onset = whole.iter().position(|frame| *frame != [0, 0]).unwrap();
    let equal = |(a, b): &(&[i16; 2], &[i16; 2])| a[0].abs_diff(b[0]) <= 1 && a[1].abs_diff(b[1]) <= 1;
    let before = recording[first..].iter().zip(&whole[onset..]).take_while(equal).count();
    let last = |frames: &[[i16; 2]]| frames.iter().rposition(|frame| *frame != [0, 0]).unwrap() + 1;
    let (recording, whole) = (&recording[first..last(&recording)], &whole[onset..last(&whole)]);
    let after = same_at_the_end(recording, whole);
    // Ten minutes were left out, and the second chapter was heard from its start.
    assert!(before + after < whole.len() - 60 * 48_000, "{before} + {after}");
    assert!((10 * 48_000..60 * 48_000).contains(&after), "{after}");
    // Between them it fades and comes back for 10 ms each, and is silent.
    let between = &recording[before..recording.len() - after];
    let heard = between.iter().filter(|frame| **frame != [0, 0]).count();
    assert!((400..=960).contains(&heard), "{heard}");
    let softer = |(a, b): (&[i16; 2], &[i16; 2])| (0..2).all(|i| a[i].unsigned_abs() <= b[i].unsigned_abs() + 1);
    assert!(before == 0 || between.iter().zip(&whole[before..]).take(480).all(softer));
    assert!(between.iter().rev().zip(whole[..whole.len() - after].iter().rev()).take(480).all(softer));
}

/// Three chapters, of which the first and the second last a long time.
const LONG: &str = "---\nvoice: tone\nbeds: { b: { recipe: brown-noise, level: -20dB } }\nmix: { fade_in: 0s }\n---\n[bed b]\n# One\nLet \
                    go. [pause 10m]\n# Two\nAnd breathe. [pause 10m]\n# Three\nAnd rest. [pause 20s]\n";

#[test]
fn two_keys_in_a_row_go_two_chapters_on_also_while_it_is_paused() {
    let desk = Desk::new();
    let whole = rendered(&desk, LONG, &[]);
    for keys in [&[&b"."[..], b"."][..], &[b" ", b".", b".", b" "], &[b".."]] {
        let recording = play_with(&desk, keys);
        let after = same_at_the_end(&recording, &whole);
        assert!((20 * 48_000..60 * 48_000).contains(&after), "{keys:?}: {after}");
        // Most of the twenty minutes before it was left out.
        let heard = recording.iter().filter(|frame| **frame != [0, 0]).count();
        assert!(heard < whole.len() / 2, "{keys:?}: {heard}");
    }
}

#[test]
fn a_key_after_a_change_of_the_window_is_obeyed() {
    let desk = Desk::new();
    let whole = rendered(&desk, LONG, &[]);
    let recording = play_with(&desk, &[b"?", RESIZE, b"q"]);
    assert!(recording.len() < whole.len() / 2, "{}", recording.len());
}

#[test]
fn the_end_of_the_chapter_is_a_setting_of_the_sleep_timer() {
    let desk = Desk::new();
    rendered(&desk, LONG, &[]);
    let recording = play_with(&desk, &[b"sssss"]);
    // It was left at the end of the pause, the last cue of the chapter.
    let (remembered, pause) = (remembered(&desk), &desk.json(&["plan", "s.md"])["cues"][3]);
    let left = &remembered["position"];
    assert_eq!(
        (left["cue"].as_integer(), &pause["kind"], &pause["length_s"]),
        (Some(3), &json!("pause"), &json!(600.0))
    );
    assert!((599.5..=600.0).contains(&left["into"].as_float().unwrap()), "{left}");
    // The last two minutes fade.
    let end = recording.iter().rposition(|frame| *frame != [0, 0]).unwrap();
    let level = |before: usize| {
        let part = &recording[end - before * 48_000..][..2 * 48_000];
        let power: f64 = part.iter().map(|frame| f64::from(frame[0]).powi(2)).sum::<f64>() / part.len() as f64;
        10.0 * power.log10()
    };
    assert!((level(61) - level(130) + 30.0).abs() < 1.5, "{} after {}", level(61), level(130));
}

#[test]
fn a_finished_file_is_played_as_it_is_from_any_place() {
    let desk = Desk::new();
    let whole = rendered(&desk, SCRIPT, &[]);
    let (ended, recording) = play(&desk, &["play", "s.wav"]);
    assert_eq!(ended["finished"], true);
    let onset = whole.iter().position(|frame| *frame != [0, 0]).unwrap();
    let begin = found(&recording, &whole[onset..onset + 2_000]).unwrap() - onset;
    assert!(same(&recording[begin..], &whole));
    for format in ["s.opus", "s.mp3", "s.flac"] {
        desk.good(&["render", "s.md", "-o", format, "--quiet"]);
        let (mut command, _) = recorded(&desk, &["play", format, "--from", "nowhere"]);
        let said = stderr(&command.output().unwrap());
        assert!(said.ends_with("or one of: One, Two\n"), "{format}: {said}");
        // Its length is known before it was decoded: it begins late, and ends where it ends.
        let seconds = whole.len() as f64 / 48_000.0;
        let (ended, _) = play(&desk, &["play", format, "--from", "25s"]);
        let position = ended["position_s"].as_f64().unwrap();
        assert_eq!(ended["finished"], true, "{format}");
        assert!((position - seconds).abs() < 0.5, "{format}: {position} of {seconds}");
        assert!(ended["played_s"].as_f64().unwrap() <= seconds - 24.5, "{format}: {ended}");
        let (mut command, _) = recorded(&desk, &["play", format, "--from", "1h"]);
        let said = stderr(&command.output().unwrap());
        assert!(said.contains(&format!("it lasts 0:{seconds:02.0}\n")), "{format}: {said}");
    }
    for file in ["s.wav", "s.flac"] {
        let (_, recording) = play(&desk, &["play", file, "--from", "20s"]);
        let at = 20 * 48_000;
        let begin = found(&recording, &whole[at..at + 2_000]).unwrap();
        assert!(same(&recording[begin..], &whole[at..]), "{file}");
    }
}

#[test]
fn what_was_never_spoken_is_spoken_while_it_plays_and_kept() {
    let desk = Desk::new();
    desk.write("s.md", SCRIPT);
    let (ended, recording) = play(&desk, &["play", "s.md"]);
    assert_eq!(ended["finished"], true);
    let cold = recording.iter().filter(|frame| **frame != [0, 0]).count();
    // The same session again, now from what was kept.
    let done = desk.json(&["render", "s.md", "-o", "s.wav"]);
    assert_eq!(done["synthesized"], 0);
    let whole = common::frames(&desk.path("s.wav"));
    assert!(cold >= whole.len() * 9 / 10, "{cold}");
    let (_, recording) = play(&desk, &["play", "s.md"]);
    let onset = whole.iter().position(|frame| *frame != [0, 0]).unwrap();
    let begin = found(&recording, &whole[onset..onset + 2_000]).unwrap() - onset;
    assert!(same(&recording[begin..], &whole));
}

#[test]
fn where_it_was_left_is_remembered_and_gone_on_from_five_seconds_earlier() {
    let desk = Desk::new();
    let whole = rendered(&desk, "---\nvoice: tone\n---\nLet go. [pause 60s] And rest. [pause 30m] And wake.\n", &[]);
    let (mut command, _) = recorded(&desk, &["play", "s.md", "--sleep", "40s"]);
    assert!(command.output().unwrap().status.success());
    let position = remembered(&desk)["position"]["at"].as_float().unwrap();
    assert!((39.0..=40.0).contains(&position), "{position}");
    let (ended, recording) = play(&desk, &["play", "s.md", "--resume"]);
    assert_eq!(ended["finished"], true);
    let played = ended["played_s"].as_f64().unwrap();
    assert!((played - (whole.len() as f64 / 48_000.0 - position + 5.0)).abs() < 0.02, "{played}");
    assert!(recording.len() > whole.len() / 2);
    // What was heard to its end begins anew.
    assert!(!remembered(&desk).contains_key("position"));
}

#[test]
fn a_sleep_timer_fades_by_the_decibel_and_ends_well() {
    let desk = Desk::new();
    desk.write("s.md", "---\nvoice: tone\nbeds: { b: { recipe: brown-noise, level: -6dB } }\nmix: { fade_in: 0s }\n---\n[bed b]\nHi. [pause 10m]\n");
    let (ended, recording) = play(&desk, &["play", "s.md", "--sleep", "3m"]);
    assert_eq!(ended["finished"], false);
    let first = recording.iter().position(|frame| *frame != [0, 0]).unwrap();
    let level = |second: usize| {
        let part = &recording[first + second * 48_000..][..4 * 48_000];
        let power: f64 = part.iter().map(|frame| f64::from(frame[0]).powi(2)).sum::<f64>() / part.len() as f64;
        10.0 * power.log10()
    };
    let before = level(50);
    for (second, down) in [(88, -15.0), (118, -30.0)] {
        let fallen = level(second) - before;
        assert!((fallen - down).abs() < 1.5, "{fallen} dB after {second} s");
    }
}

#[test]
fn without_a_device_it_says_so_and_what_to_do_within_two_seconds() {
    let desk = Desk::new();
    desk.write("s.md", SCRIPT);
    let began = Instant::now();
    let mut command = desk.command(&["play", "s.md"]);
    for variable in ["ALSA_CONFIG_PATH", "PULSE_SERVER", "PIPEWIRE_REMOTE", "XDG_RUNTIME_DIR"] {
        command.env_remove(variable);
    }
    let output = command.env("HOME", desk.folder.path()).output().unwrap();
    if output.status.success() {
        return; // A machine with a sound card.
    }
    assert!(began.elapsed() < Duration::from_secs(2));
    assert_eq!(
        stderr(&output),
        "error: there is no sound device to play on: none was found; connect one, or write a file instead: undertone render -o \
         FILE.wav\n"
    );
    assert_eq!(output.status.code(), Some(1));
}

#[test]
fn a_file_that_is_called_a_sound_and_is_none_is_said_to_be_none() {
    let desk = Desk::new();
    desk.write("noise.wav", [0x80, 1, 2, 3].repeat(100));
    desk.write("text.FLAC", "Let go.\n");
    desk.write("empty.mp3", "");
    let said = |name: &str| {
        let (mut command, _) = recorded(&desk, &["play", name]);
        stderr(&command.stdout(Stdio::null()).output().unwrap())
    };
    for name in ["noise.wav", "text.FLAC"] {
        assert!(said(name).starts_with(&format!("error: {name} is not a sound that can be read (")), "{}", said(name));
    }
    assert_eq!(said("empty.mp3"), "error: empty.mp3 is empty\n");
}

#[test]
fn an_unknown_chapter_device_or_volume_is_said_with_what_there_is() {
    let desk = Desk::new();
    desk.write("s.md", SCRIPT);
    let said = |args: &[&str]| {
        let (mut command, _) = recorded(&desk, &[&["play", "s.md"], args].concat());
        let output = command.stdout(Stdio::null()).output().unwrap();
        assert!(!output.status.success());
        stderr(&output)
    };
    assert_eq!(
        said(&["--from", "three"]),
        "error: there is no chapter 'three', or more than one\n  help: name a time, such as 4:30, or one of: One, Two\n"
    );
    assert!(said(&["--from", "90m"]).starts_with("error: it cannot begin at 90m: it lasts "));
    assert!(said(&["--device", "gramophone"]).starts_with("error: there is no sound device 'gramophone'; there are: "));
    assert!(said(&["--volume", "90dB"]).contains("a volume is -40dB to 12dB"));
}

#[test]
fn a_new_session_with_the_name_of_an_old_one_begins_at_its_start() {
    let desk = Desk::new();
    let add = |words: &str| {
        desk.write("a.md", format!("---\ntitle: Harbour\nvoice: tone\n---\n{words} [pause 60s] {words}\n"));
        desk.good(&library(&["add", "a.md", "--quiet"]));
    };
    // Where it is left ten seconds after it began.
    let left = || {
        let (mut command, _) = recorded(&desk, &library(&["play", "harbour", "--resume", "--sleep", "10s"]));
        let output = command.output().unwrap();
        assert!(output.status.success(), "{}", stderr(&output));
        let history: Value = serde_json::from_str(&desk.good(&library(&["history", "--json"]))).unwrap();
        let last = history.pointer("/heard/0").or_else(|| history.pointer("/0")).unwrap();
        last["position"].as_f64().unwrap()
    };
    add("Let go.");
    let first = left();
    let second = left();
    assert!(second > first + 3.0, "it goes on: {first}, {second}");
    for args in [&["remove", "harbour"][..], &["purge"]] {
        desk.good(&library(args));
    }
    add("Look up.");
    let other = left();
    assert!((other - first).abs() < 1.0, "{first}, {other}");
}

#[test]
fn a_session_of_the_library_is_played_from_its_middle_and_noted() {
    let desk = Desk::new();
    desk.write(
        "a.md",
        "---\ntitle: Harbour\nvoice: tone\n---\n# One\nLet go. [pause 20s]\n# Two\nAnd rest. [pause 10s]\n",
    );
    desk.write("b.md", "---\ntitle: Lighthouse\nvoice: tone\n---\nLook up. [pause 5s]\n");
    for script in ["a.md", "b.md"] {
        desk.good(&library(&["add", script, "--quiet"]));
    }
    let (mut command, capture) = recorded(&desk, &library(&["play", "harb", "--from", "two"]));
    let output = command.output().unwrap();
    assert!(output.status.success(), "{}", stderr(&output));
    assert!(String::from_utf8_lossy(&output.stdout).contains("Two"));
    let history: Value = serde_json::from_str(&desk.good(&library(&["history", "--json"]))).unwrap();
    let last = history.pointer("/heard/0").or_else(|| history.pointer("/0")).unwrap();
    assert_eq!((&last["session"], &last["finished"]), (&"harbour".into(), &true.into()), "{history:#}");
    let heard = last["heard"].as_f64().unwrap();
    assert!((10.0..13.0).contains(&heard), "{heard}");

    // What is in the file is heard, from the chapter on.
    let audio = desk.path("lib/sessions/harbour/audio.flac");
    let (_, whole) = play(&desk, &["play", audio.to_str().unwrap()]);
    let recording = captured(&capture);
    let sound = |frames: &[[i16; 2]]| {
        let first = frames.iter().position(|frame| *frame != [0, 0]).unwrap();
        first..frames.iter().rposition(|frame| *frame != [0, 0]).unwrap() + 1
    };
    let (part, last) = (sound(&recording), sound(&whole).end);
    // The first 10 ms come in softly, before the chapter.
    assert!(same(&recording[part.start + 480..part.end], &whole[last - part.len() + 480..last]));

    desk.good(&library(&["playlist", "add", "evening", "harbour", "lighthouse", "--bed", "brown-noise:-20"]));
    let (mut command, capture) = recorded(&desk, &library(&["playlist", "play", "evening"]));
    let output = command.output().unwrap();
    assert!(output.status.success(), "{}", stderr(&output));
    let recording = captured(&capture);
    let first = recording.iter().position(|frame| *frame != [0, 0]).unwrap();
    let last = recording.iter().rposition(|frame| *frame != [0, 0]).unwrap();
    // The ambience goes through: nowhere is it silent for longer than dither lets it be.
    let longest = recording[first + 48_000..last - 48_000].split(|frame| *frame != [0, 0]).map(<[_]>::len).max();
    assert!(longest.unwrap() < 480, "{longest:?}");
    let rows = desk.good(&library(&["history"]));
    assert!(rows.contains("Lighthouse"), "{rows}");

    // One that cannot be heard is left out, and the next one is heard.
    std::fs::remove_file(&audio).unwrap();
    let heard = |slug: &str| {
        let history: Value = serde_json::from_str(&desk.good(&library(&["history", "--json"]))).unwrap();
        let all = history.as_array().or_else(|| history["heard"].as_array()).unwrap();
        all.iter().filter(|line| line["session"] == slug).count()
    };
    let before = (heard("harbour"), heard("lighthouse"));
    let (mut command, _) = recorded(&desk, &library(&["playlist", "play", "evening"]));
    let output = command.output().unwrap();
    assert!(output.status.success(), "{}", stderr(&output));
    assert!(stderr(&output).contains("warning: harbour is left out: cannot read"), "{}", stderr(&output));
    assert_eq!((heard("harbour"), heard("lighthouse")), (before.0, before.1 + 1));
}
