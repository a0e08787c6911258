//! Mistakes and hostile files: one clear message, exit 1, within two seconds, nothing written and nothing overwritten.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test says what it expects by unwrapping it")]

mod common;

use common::{Desk, stderr};
use std::{fs, os::unix::fs::symlink, path::Path, process::Command};

const GOOD: &str = "---\nvoice: tone\n---\nLet the breath come by itself.\n";

/// Renders `script`, which must be refused, and gives what was said.
fn refused(desk: &Desk, args: &[&str]) -> String {
    let before = desk.names();
    let output = desk.run(args);
    let said = stderr(&output);
    assert_eq!(output.status.code(), Some(1), "{args:?}: {said}");
    assert!(!said.contains("panicked"), "{said}");
    assert_eq!(said.matches("error: ").count(), 1, "{said}");
    assert_eq!(desk.names(), before, "nothing was written: {said}");
    said
}

fn script(text: impl AsRef<[u8]>) -> String {
    let desk = Desk::new();
    desk.write("a.md", text);
    refused(&desk, &["render", "a.md", "-o", "out.wav"])
}

#[test]
fn text_that_is_not_a_script_is_named_for_what_it_is() {
    assert_eq!(script(""), "error: a.md is empty; write a sentence in it\n");
    assert_eq!(script("\u{feff} \n\n"), "error: a.md is empty; write a sentence in it\n");
    assert_eq!(script(b"Breathe in \xff now"), "error: a.md is not UTF-8 text: byte 11 is 0xff; save it as UTF-8\n");
    assert_eq!(script(b"\xff\xfeB\0r\0"), "error: a.md is UTF-16 text; save it as UTF-8\n");
    assert_eq!(script(b"B\0r\0e\0a\0t\0h\0e\0"), "error: a.md is UTF-16 text; save it as UTF-8\n");
    assert_eq!(
        script("<!-- nothing -->\n// to say\n"),
        "error: there is nothing to say in this script\n  --> a.md\n  = write a sentence below the front matter; comments are not spoken\n"
    );
    assert_eq!(
        script("Breathe\0 in"),
        "error: there is a NUL character here\n  --> a.md:1:8\n  |\n1 | Breathe  in\n  |        ^\n  = save the script as plain UTF-8 text\n"
    );
}

#[test]
fn mistakes_in_directions_are_drawn_with_what_is_allowed() {
    assert_eq!(
        script("Breathe [pause 3s and out"),
        "error: this bracket is not closed\n  --> a.md:1:9\n  |\n1 | Breathe [pause 3s and out\n  |         ^\n  = write ] at the end of the direction, or \\[ for the character itself\n"
    );
    assert_eq!(
        script("Breathe. [pasue 3s]"),
        "error: there is no direction called \"pasue\"\n  --> a.md:1:11\n  |\n1 | Breathe. [pasue 3s]\n  |           ^^^^^\n  = did you mean [pause]? Write \\[ for the character itself\n"
    );
    let allowed = "  = write 4s, 500ms, 1m30s, 2 min, 1:30 or 2 breaths, up to 24 hours\n";
    assert_eq!(
        script("Breathe. [pause -5s]"),
        format!(
            "error: a duration cannot be negative\n  --> a.md:1:17\n  |\n1 | Breathe. [pause -5s]\n  |                 ^^^\n{allowed}"
        )
    );
    assert_eq!(
        script("Breathe. [pause NaN]"),
        format!(
            "error: \"NaN\" is not a duration\n  --> a.md:1:17\n  |\n1 | Breathe. [pause NaN]\n  |                 ^^^\n{allowed}"
        )
    );
    assert_eq!(
        script("Breathe. [pause 9999h]"),
        format!(
            "error: \"9999h\" is longer than a day\n  --> a.md:1:17\n  |\n1 | Breathe. [pause 9999h]\n  |                 ^^^^^\n{allowed}"
        )
    );
    assert_eq!(
        script("Welcome, {{nmae}}.\n"),
        "error: there is no answer called \"nmae\"\n  --> a.md:1:10\n  |\n1 | Welcome, {{nmae}}.\n  |          ^^^^^^^^\n  = give one with --set nmae=..., ask for it under \"ask:\" above the text, or write {{nmae|default}}\n"
    );
}

#[test]
fn front_matter_is_checked_key_by_key() {
    assert_eq!(
        script("---\ntitle: A\npauses: { sentense: 2s }\n---\nBreathe.\n"),
        "error: \"pauses\" has no key \"sentense\"\n  --> a.md:3:11\n  |\n3 | pauses: { sentense: 2s }\n  |           ^^^^^^^^\n  = did you mean \"sentence\"?\n"
    );
    assert_eq!(
        script("---\npace: 3\n---\nBreathe.\n"),
        "error: this is not a number that is allowed here\n  --> a.md:2:7\n  |\n2 | pace: 3\n  |       ^\n  = it is 0.5 to 1.5\n"
    );
    assert!(script("---\ntitle: [\n---\nBreathe.\n").starts_with("error: the front matter cannot be read: "));
    assert!(script("---\ntitle: A\nBreathe.\n").starts_with("error: the front matter is not closed\n  --> a.md:1:1\n"));
}

#[test]
fn voices_that_are_missing_or_damaged_are_named() {
    let said = script("---\nvoice: en_US-jeo\n---\nBreathe.\n");
    assert!(said.starts_with("error: there is no voice called \"en_US-jeo\"\n  --> a.md:2:8\n"), "{said}");
    assert!(said.contains("installed voices: en_US-joe-medium"), "{said}");

    let voice = Path::new(env!("CARGO_MANIFEST_DIR")).join("voices/en_US-joe-medium");
    let model = fs::read(voice.join("en_US-joe-medium.onnx")).unwrap();
    let config = fs::read_to_string(voice.join("en_US-joe-medium.onnx.json")).unwrap();
    let desk = Desk::new();
    desk.write("a.md", "Let the breath come by itself.\n");
    fs::create_dir(desk.path("voice")).unwrap();
    desk.write("voice/x.onnx.json", &config);
    for length in [0, 10, 1000, model.len() / 2, model.len() - 1] {
        desk.write("voice/x.onnx", &model[..length]);
        let said = refused(&desk, &["render", "a.md", "-o", "out.wav", "--voice", "voice"]);
        assert!(said.contains("x.onnx"), "{length}: {said}");
    }
    desk.write("voice/x.onnx", &model);
    for (from, to) in [("22050", "0"), ("22050", "\"x\""), ("{", "")] {
        desk.write("voice/x.onnx.json", config.replacen(from, to, 1));
        let said = refused(&desk, &["render", "a.md", "-o", "out.wav", "--voice", "voice"]);
        assert!(said.contains("x.onnx"), "{said}");
    }
}

#[test]
fn beds_that_cannot_be_used_are_drawn_where_they_are_named() {
    let bed = |prepare: &dyn Fn(&Desk)| {
        let desk = Desk::new();
        prepare(&desk);
        desk.write(
            "a.md",
            "---\nvoice: tone\nbeds: { rain: { file: bed.wav } }\n---\nLet the breath come by itself.\n",
        );
        let said = refused(&desk, &["render", "a.md", "-o", "out.wav"]);
        assert!(said.contains("--> a.md:3:23"), "{said}");
        said
    };
    assert!(bed(&|_| {}).contains("cannot find bed.wav"));
    assert!(bed(&|desk| fs::create_dir(desk.path("bed.wav")).unwrap()).contains("is not a regular file"));
    let fifo = |desk: &Desk| assert!(Command::new("mkfifo").arg(desk.path("bed.wav")).status().unwrap().success());
    assert!(bed(&fifo).contains("is not a regular file"));
    bed(&|desk| drop(desk.write("bed.wav", "")));
    bed(&|desk| drop(desk.write("bed.wav", "this is text and no sound at all")));
    // A header that promises four gigabytes and holds no frame.
    let mut lies =
        b"RIFF\xff\xff\xff\xffWAVEfmt \x10\0\0\0\x01\0\x02\0\x80\xbb\0\0\0\xee\x02\0\x04\0\x10\0data\xff\xff\xff\xff"
            .to_vec();
    bed(&|desk| drop(desk.write("bed.wav", &lies)));
    // No hertz.
    lies[24..28].fill(0);
    bed(&|desk| drop(desk.write("bed.wav", &lies)));
    let outside = |desk: &Desk| symlink("/etc/hostname", desk.path("bed.wav")).unwrap();
    assert!(bed(&outside).contains("lies outside of the script's folder"));
    let said = script("---\nvoice: tone\nbeds: { rain: { recipe: night-rian } }\n---\nBreathe.\n");
    assert!(said.contains("night-rain"), "{said}");
}

#[test]
fn outputs_that_cannot_be_written_are_refused_and_left_as_they_are() {
    let desk = Desk::new();
    desk.write("a.md", GOOD);
    fs::create_dir(desk.path("folder")).unwrap();
    assert_eq!(
        refused(&desk, &["render", "a.md", "-o", "folder"]),
        "error: cannot write folder: it is a folder; name a file in it\n"
    );
    assert_eq!(
        refused(&desk, &["render", "a.md", "-o", "nowhere/out.wav"]),
        "error: cannot write nowhere/out.wav: there is no folder nowhere; create it first\n"
    );
    let locked = desk.write("locked.wav", b"RIFF old");
    let mut permissions = fs::metadata(&locked).unwrap().permissions();
    permissions.set_readonly(true);
    fs::set_permissions(&locked, permissions).unwrap();
    assert_eq!(
        refused(&desk, &["render", "a.md", "-o", "locked.wav"]),
        "error: cannot write locked.wav: it is read-only; make it writable or choose another name\n"
    );
    assert_eq!(fs::read(&locked).unwrap(), b"RIFF old");
    if Path::new("/dev/full").exists() {
        let said = refused(&desk, &["render", "a.md", "-o", "/dev/full"]);
        assert!(said.starts_with("error: cannot write /dev/full: No space left on device"), "{said}");
    }
    let own = refused(&desk, &["render", "a.md", "-o", "./a.md", "--force"]);
    assert_eq!(own, "error: ./a.md is the script itself\n  help: name another file with -o\n");
    assert_eq!(fs::read_to_string(desk.path("a.md")).unwrap(), GOOD);
    desk.write("notes.wav", "not a sound");
    assert_eq!(
        refused(&desk, &["render", "a.md", "-o", "notes.wav"]),
        "error: notes.wav is there already and is not a sound file\n  help: name another file with -o, or replace it with --force\n"
    );
    assert_eq!(fs::read_to_string(desk.path("notes.wav")).unwrap(), "not a sound");
}

#[test]
fn a_script_that_is_a_folder_a_pipe_or_missing_is_refused_without_waiting() {
    let desk = Desk::new();
    assert!(refused(&desk, &["render", "nothing.md"]).starts_with("error: cannot read nothing.md: "));
    fs::create_dir(desk.path("folder.md")).unwrap();
    assert_eq!(refused(&desk, &["render", "folder.md"]), "error: folder.md is not a regular file\n");
    assert!(Command::new("mkfifo").arg(desk.path("pipe.md")).status().unwrap().success());
    assert_eq!(refused(&desk, &["render", "pipe.md"]), "error: pipe.md is not a regular file\n");
}

#[test]
fn what_would_pass_four_gigabytes_without_rf64_is_refused_before_it_is_spoken_with_the_length_that_fits() {
    let desk = Desk::new();
    desk.write("a.md", "---\nvoice: tone\n---\nOne sentence for the night. [pause 7h]\n");
    assert_eq!(
        refused(&desk, &["render", "a.md", "-o", "a.wav", "--rf64", "never"]),
        "error: the session lasts 7:00:02 and a WAV file at 48000 Hz holds 6:12:49\n  help: leave --rf64 never out, shorten it, make several of it, or lower --sample-rate\n"
    );
    desk.write("b.md", "---\nvoice: tone\n---\nOne sentence for the night. [pause 23h] [pause 2h]\n");
    assert_eq!(desk.json(&["plan", "b.md", "--max-duration", "26h"])["silence_s"], 90_000.0);
    let said = script("---\nvoice: tone\n---\nOne sentence for the night. [pause 23h] [pause 2h]\n");
    assert!(said.starts_with("error: the session passes 24:00:00 here\n  --> a.md:4:41\n"), "{said}");
}

#[test]
fn wrong_usage_exits_with_2() {
    let desk = Desk::new();
    for args in
        [&["render"][..], &["rendr", "a.md"], &["render", "a.md", "--pace", "9"], &["render", "a.md", "--set", "x"]]
    {
        assert_eq!(desk.run(args).status.code(), Some(2), "{args:?}");
    }
}
