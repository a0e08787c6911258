//! Sessions that are made again: what a person put beside them, what is believed of what they say, and what is read for them.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test says what it expects by unwrapping it")]

mod common;

use common::{Desk, library::script, stderr};
use std::{fs, os::unix::fs::symlink, path::Path, process::Stdio, time::Duration};

/// Puts things of a person's own into a session's folder, whatever they are.
fn put_own(folder: &Path) {
    fs::create_dir_all(folder.join("notes/deep")).unwrap();
    fs::write(folder.join("notes/deep/a.txt"), "mine").unwrap();
    fs::write(folder.join(".hidden"), "mine").unwrap();
    fs::write(folder.join("cover.png"), "mine").unwrap();
    symlink("nowhere", folder.join("notes/broken")).unwrap();
    symlink("notes", folder.join("link")).unwrap();
}

fn assert_own(folder: &Path) {
    for name in ["notes/deep/a.txt", ".hidden", "cover.png", "link/deep/a.txt"] {
        assert_eq!(fs::read_to_string(folder.join(name)).unwrap(), "mine", "{name}");
    }
    assert_eq!(fs::read_link(folder.join("link")).unwrap(), Path::new("notes"));
    assert_eq!(fs::read_link(folder.join("notes/broken")).unwrap(), Path::new("nowhere"));
}

/// Changes what a session says of itself, as with a text editor.
fn edit(desk: &Desk, slug: &str, from: &str, to: &str) {
    let path = desk.path(&format!("L/sessions/{slug}/session.toml"));
    let text = fs::read_to_string(&path).unwrap();
    assert!(text.contains(from), "{text}");
    fs::write(&path, text.replacen(from, to, 1)).unwrap();
}

/// Puts another text in the place of a session's script, as an archive from anybody may have it.
fn replace_script(desk: &Desk, slug: &str, new: &str) {
    let path = desk.path(&format!("L/sessions/{slug}/script.md"));
    let hash = |text: &str| blake3::hash(text.as_bytes()).to_hex().to_string();
    edit(desk, slug, &hash(&fs::read_to_string(&path).unwrap()), &hash(new));
    fs::write(&path, new).unwrap();
}

/// What a command printed, when it ended as it should: with success, or with an error that it tells.
fn told(desk: &Desk, args: &[&str]) -> String {
    let output = desk.library(args);
    assert!(matches!(output.status.code(), Some(0 | 1)), "{args:?}: {}", stderr(&output));
    String::from_utf8_lossy(&output.stdout).into_owned() + &stderr(&output)
}

#[test]
fn what_a_person_put_beside_a_session_outlives_its_repair() {
    let desk = Desk::new();
    desk.add("One", "Rest a while here.");
    let folder = desk.path("L/sessions/one");
    put_own(&folder);
    // With another pace the sound is not what it was: all of the session is exchanged.
    edit(&desk, "one", "\nseed = ", "\npace = 0.75\nseed = ");
    fs::remove_file(folder.join("audio.flac")).unwrap();
    let told = told(&desk, &["check", "--repair"]);
    assert!(told.contains("made again; it is not quite what it was"), "{told}");
    assert_own(&folder);
    desk.kept(&["check"]);
}

#[test]
fn a_pipe_beside_a_session_is_named_and_not_waited_for() {
    let desk = Desk::new();
    desk.add("One", "Rest.");
    let pipe = desk.path("L/sessions/one/pipe");
    assert!(std::process::Command::new("mkfifo").arg(&pipe).status().unwrap().success());
    let said = desk.refused(&["render", "one"]);
    assert!(said.contains("pipe is a pipe, a socket or a device; move it elsewhere, and render again"), "{said}");
    assert!(pipe.exists());
    fs::remove_file(pipe).unwrap();
    desk.kept(&["render", "one"]);

    // The same in the place of its sound.
    let audio = desk.path("L/sessions/one/audio.flac");
    fs::remove_file(&audio).unwrap();
    assert!(std::process::Command::new("mkfifo").arg(&audio).status().unwrap().success());
    assert!(told(&desk, &["check"]).contains("audio.flac: it is no file"));
    assert!(desk.refused(&["play", "one"]).contains("audio.flac is a pipe, a socket or a device"));
    assert!(told(&desk, &["export", "L.zip"]).contains("it is no file"));
}

#[test]
fn what_a_person_put_beside_a_session_outlives_a_stop_at_any_moment() {
    let desk = Desk::new();
    desk.add("One", "Rest a while here.");
    let folder = desk.path("L/sessions/one");
    put_own(&folder);
    for step in 0..40 {
        let pace = if step % 2 == 0 { "0.8" } else { "0.9" };
        let mut command = desk.command(&["library", "--library", "L", "render", "one", "--pace", pace]);
        let mut child = command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
        std::thread::sleep(Duration::from_millis(step * 5));
        child.kill().unwrap();
        child.wait().unwrap();
        assert_own(&folder);
    }
    desk.kept(&["check"]);
    desk.kept(&["render", "one"]);
    assert_own(&folder);
    assert_eq!(fs::read_dir(desk.path("L/.work")).unwrap().count(), 0);
}

#[test]
fn numbers_that_no_session_has_are_named_and_not_used() {
    let desk = Desk::new();
    desk.add("One", "Rest.");
    let path = desk.path("L/sessions/one/session.toml");
    let whole = fs::read_to_string(&path).unwrap();
    let length = whole.lines().find(|line| line.starts_with("length = ")).unwrap().to_owned();
    let at = whole.lines().find(|line| line.starts_with("at = ")).unwrap().to_owned();
    let seed = whole.lines().find(|line| line.starts_with("seed = ")).unwrap().to_owned();
    let pace = |value: &str| (seed.clone(), format!("pace = {value}\n{seed}"), "a pace of ");
    let duration = |value: &str| (seed.clone(), format!("duration = {value}\n{seed}"), "a duration of ");
    let mut wrong = vec![
        (length.clone(), "length = 1.5e19".to_owned(), "a length of more than "),
        (length.clone(), "length = 3700000.0".to_owned(), "a length of more than "),
        (at, "at = 1.5e19".to_owned(), "a chapter that begins after more than "),
    ];
    wrong.extend(["nan", "inf", "0.0", "-1.0", "1e30", "1e-30", "0.49", "1.6"].map(pace));
    wrong.extend(["nan", "inf", "0.0", "-1.0", "1.5e19", "1e300"].map(duration));
    for (from, to, reason) in wrong {
        edit(&desk, "one", &from, &to);
        for args in [&["list"][..], &["show", "one"], &["render", "one"], &["check"], &["check", "--repair"]] {
            let told = told(&desk, args);
            assert!(told.contains(&format!("session.toml gives {reason}")), "{to}, {args:?}: {told}");
        }
        fs::write(&path, &whole).unwrap();
    }
    // As long as --max-duration can be.
    edit(&desk, "one", &length, "length = 3600000.0");
    assert_eq!(desk.listed(&[]), ["one"]);
    desk.kept(&["render", "one"]);
}

#[test]
fn nothing_is_read_of_what_a_stored_script_may_not_include() {
    let desk = Desk::new();
    // What has mistakes in it would be shown with them.
    desk.write("secret.txt", "The password is [swordfish].\n");
    fs::create_dir(desk.path("allowed")).unwrap();
    desk.write("allowed/a.md", "[include ../secret.txt]\n");
    desk.write("allowed/b.md", "[include c.md]\n");
    desk.write("allowed/c.md", "The tide turns.\n");
    desk.add("Rest", "Let go.");
    let origin = desk.path("x.md");
    edit(&desk, "rest", desk.path("s.md").to_str().unwrap(), origin.to_str().unwrap());
    for (include, args, reason) in [
        ("secret.txt", &[][..], "secret.txt, which is not in the library"),
        ("./allowed/../secret.txt", &["--allow-dir", "allowed"], "secret.txt, which is not in the library"),
        ("allowed/a.md", &["--allow-dir", "allowed"], "secret.txt, which is not in the library"),
        ("missing.txt", &[], "missing.txt, which is not in the library"),
    ] {
        for text in [format!("[include {include}]"), format!("[if mood is calm]\n[include {include}]\n[end]")] {
            replace_script(&desk, "rest", &script("Rest", &format!("Let go.\n\n{text}")));
            let told = desk.refused(&[&["render", "rest"], args].concat());
            assert!(told.contains(reason) && told.contains("--allow-dir"), "{told}");
            assert!(!told.contains("swordfish"), "{told}");
        }
    }
    // To make its sound again is the same.
    fs::remove_file(desk.path("L/sessions/rest/audio.flac")).unwrap();
    for include in ["secret.txt", "\u{1b}csecret.txt"] {
        replace_script(&desk, "rest", &script("Rest", &format!("Let go.\n\n[include {include}]")));
        let told = told(&desk, &["check", "--repair"]);
        assert!(told.contains("secret.txt, which is not in the library"), "{told}");
        assert!(!told.contains("swordfish") && !told.contains('\u{1b}'), "{told}");
    }
    replace_script(&desk, "rest", &script("Rest", "Let go.\n\n[include allowed/b.md]"));
    desk.kept(&["render", "rest", "--allow-dir", "allowed"]);
    assert!(fs::read_to_string(desk.path("L/sessions/rest/captions.vtt")).unwrap().contains("The tide turns."));
}

#[test]
fn a_wrong_byte_is_shown_listed_and_searched_as_it_was_written() {
    let desk = Desk::new();
    desk.write("s.md", script("Tide", "Welcome, {{name}}."));
    desk.kept(&["add", "s.md", "--set", "name=Ada", "--pace", "0.8"]);
    let (shown, listed) = (desk.kept_json(&["show", "tide"]), desk.kept_json(&["list"]));
    for (from, to) in
        [("name = \"Ada\"", "name = \"Ida\""), ("\nlength = ", "\nlenght = "), ("\npace = 0", "\npace = 9")]
    {
        let whole = fs::read(desk.path("L/sessions/tide/session.toml")).unwrap();
        if to.contains("lenght") {
            // Two bytes are not put right: what is missing then is said.
            edit(&desk, "tide", from, to);
            assert!(told(&desk, &["list"]).contains("the session tide is damaged: session.toml"));
        } else {
            edit(&desk, "tide", from, to);
            assert_eq!(desk.kept_json(&["show", "tide"]), shown);
            assert_eq!(desk.kept_json(&["list"]), listed);
            assert_eq!(desk.library(&["search", "ida"]).status.code(), Some(1));
            assert!(desk.kept(&["search", "ada"]).contains("Welcome, *Ada*."));
        }
        fs::write(desk.path("L/sessions/tide/session.toml"), whole).unwrap();
    }
}

#[test]
fn only_answers_that_another_script_asks_for_are_kept() {
    let desk = Desk::new();
    let asks = |title: &str, names: &[&str]| {
        let all: Vec<String> = names.iter().map(|name| format!("{{{{{name}}}}}.")).collect();
        script(title, &format!("Welcome. {}", all.join(" ")))
    };
    desk.write("both.md", asks("One", &["name", "place"]));
    desk.write("place.md", asks("One", &["place"]));
    desk.write("none.md", asks("One", &[]));
    desk.kept(&["add", "both.md", "--set", "name=Ada", "--set", "place=Ghent"]);
    let answers = || desk.kept_json(&["show", "one"])["answers"].clone();
    desk.kept(&["render", "one", "--script", "place.md"]);
    assert_eq!(answers(), serde_json::json!({ "place": "Ghent" }));
    desk.kept(&["render", "one", "--script", "none.md"]);
    assert_eq!(answers(), serde_json::json!({}));
    // What is given now and asked by nothing is a mistake still.
    let told = desk.refused(&["render", "one", "--set", "name=Ada"]);
    assert!(told.contains("nothing in this script asks for \"name\""), "{told}");
    desk.kept(&["check"]);
}
