//! The life of a session in a library, from outside.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test says what it expects by unwrapping it")]

mod common;

use common::{
    Desk,
    library::{files, names, script},
    stderr,
};
use rand::{RngExt, SeedableRng, rngs::StdRng, seq::SliceRandom};
use std::{fs, os::unix::fs::MetadataExt, path::PathBuf};

#[test]
fn a_session_is_added_found_tagged_removed_brought_back_exported_and_imported_byte_for_byte() {
    let desk = Desk::new();
    desk.write("part.md", "The lantern glows.\n");
    desk.write("s.md", script("Évening Tide", "Welcome, {{name}}.\n\n[include part.md]"));
    let added = desk.kept_json(&["add", "s.md", "--set", "name=Ada"]);
    assert_eq!(added["slug"], "evening-tide");
    let folder = desk.path("L/sessions/evening-tide");
    let mut inside: Vec<_> = fs::read_dir(&folder).unwrap().flatten().map(|entry| entry.file_name()).collect();
    inside.sort();
    assert_eq!(inside, ["audio.flac", "captions.vtt", "cover.svg", "script.md", "session.toml"]);
    let text = fs::read_to_string(folder.join("script.md")).unwrap();
    assert!(text.contains("The lantern glows.") && !text.contains("[include"), "{text}");
    assert_eq!(desk.good(&["extract", "L/sessions/evening-tide/audio.flac"]), text);
    assert!(fs::read_to_string(folder.join("captions.vtt")).unwrap().contains("Welcome, Ada."));

    for words in ["lantern", "LANT", "évening", "ada tide", "sea"] {
        let found = desk.kept_json(&["search", words]);
        assert_eq!(names(&found["sessions"]), ["evening-tide"], "{words}");
    }
    let found = desk.kept_json(&["search", "lantern"]);
    assert_eq!(found["sessions"][0]["sentence"], "The lantern glows.");
    assert_eq!(found["sessions"][0]["marks"], serde_json::json!([[4, 11]]));
    assert!(desk.kept(&["search", "lantern"]).contains("The *lantern* glows."));
    assert_eq!(desk.library(&["search", "antern"]).status.code(), Some(1));

    desk.kept(&["tag", "1", "night", "sea"]);
    assert_eq!(desk.kept_json(&["show", "evening"])["tags"], serde_json::json!(["sea", "night"]));
    assert_eq!(desk.listed(&["--tag", "Night"]), ["evening-tide"]);

    let before = files(&desk.path("L"));
    desk.kept(&["remove", "evening-tide"]);
    assert_eq!(desk.listed(&[]), [""; 0]);
    desk.kept(&["undo"]);
    assert_eq!(files(&desk.path("L")), before);

    desk.kept(&["heard", "evening-tide", "--to", "1s"]);
    desk.kept(&["playlist", "add", "Nights", "evening-tide", "--bed", "night-rain:-20"]);
    let before = files(&desk.path("L"));
    for target in ["out.zip", "out"] {
        desk.kept(&["export", target]);
        let other = format!("from-{target}");
        desk.good(&["library", "--library", &other, "import", target]);
        assert_eq!(files(&desk.path(&other)), before, "{target}");
    }
    // What was exported to a folder is a library itself.
    desk.good(&["library", "--library", "out", "check"]);
    assert_eq!(files(&desk.path("out")), before);
    let again = desk.kept_json(&["import", "out.zip"]);
    assert_eq!(again["same"], serde_json::json!(["evening-tide"]));
    assert_eq!(files(&desk.path("L")), before);
}

#[test]
fn removals_come_back_in_order_and_under_another_name_when_theirs_is_taken() {
    let desk = Desk::new();
    for title in ["One", "Two", "Three"] {
        desk.add(title, "Rest.");
    }
    desk.kept(&["remove", "one", "two"]);
    desk.kept(&["remove", "three"]);
    assert_eq!(desk.add("One", "Another."), "one");
    let told = |args: &[&str]| stderr(&desk.library(args));
    assert_eq!(told(&["undo"]), "brought back three\n");
    assert_eq!(told(&["undo"]), "brought back one as one-2: one is another session now\nbrought back two\n");
    assert_eq!(told(&["undo"]), "error: nothing was removed that could come back\n");
    assert_eq!(desk.listed(&["--sort", "title"]).len(), 4);
    desk.kept(&["remove", "two"]);
    assert_eq!(told(&["purge"]), "one session is gone for good\n");
    assert_eq!(told(&["undo"]), "error: nothing was removed that could come back\n");
}

#[test]
fn what_is_added_within_a_second_is_listed_newest_first_all_the_same() {
    let desk = Desk::new();
    let titles = ["cedar", "alder", "elm", "birch", "fir", "dogwood"];
    for title in titles {
        desk.write("s.md", script(title, "Rest."));
        desk.kept(&["add", "s.md"]);
    }
    let newest_first: Vec<_> = titles.into_iter().rev().collect();
    assert_eq!(desk.listed(&[]), newest_first);
}

#[test]
fn a_session_is_named_by_slug_number_and_beginning() {
    let desk = Desk::new();
    for title in ["Body Scan", "Body of Water", "2026"] {
        desk.add(title, "Rest.");
    }
    desk.kept(&["rename", "body-s", "Körper"]);
    let slug = |name: &str| desk.kept_json(&["show", name])["slug"].as_str().unwrap().to_owned();
    assert_eq!(desk.listed(&["--sort", "title"]), ["2026", "body-of-water", "korper"]);
    assert_eq!(
        ["2026", "2", "3", "kör", "body"].map(slug),
        ["2026", "body-of-water", "korper", "korper", "body-of-water"]
    );
    desk.add("Body Scan", "Rest.");
    let told = desk.refused(&["show", "body"]);
    assert_eq!(told, "error: \"body\" is the beginning of body-of-water, body-scan; write more of it\n");
    assert_eq!(
        desk.refused(&["show", "bodi-scan"]),
        "error: there is no session \"bodi-scan\"; did you mean body-scan?\n"
    );
    let told = desk.refused(&["show", "9"]);
    assert_eq!(told, "error: there is no session \"9\"; numbers are those of the last \"undertone library list\"\n");
    let told = desk.refused(&["export", "body-scan", "scan.zip"]);
    assert_eq!(told, "error: where to comes first: undertone library export scan.zip body-scan\n");
}

#[test]
fn a_session_is_rendered_again_and_keeps_its_tags_history_and_notes() {
    let desk = Desk::new();
    desk.add("Rest", "Rest a while here.");
    desk.kept(&["tag", "rest", "mine"]);
    desk.kept(&["heard", "rest"]);
    desk.write("L/sessions/rest/notes.txt", "Slower next time.");
    let before = files(&desk.path("L"));
    desk.kept(&["render", "rest"]);
    let same = files(&desk.path("L"));
    let audio = PathBuf::from("sessions/rest/audio.flac");
    assert_eq!(same[&audio], before[&audio], "the same again gives the same bytes");
    desk.kept(&["render", "rest", "--pace", "0.7"]);
    let after = files(&desk.path("L"));
    assert_ne!(after[&audio], before[&audio]);
    assert_eq!(after.keys().collect::<Vec<_>>(), before.keys().collect::<Vec<_>>());
    let shown = desk.kept_json(&["show", "rest"]);
    assert_eq!(shown["tags"], serde_json::json!(["sea", "mine"]));
    assert_eq!(shown["heard"], true);
    desk.write("s.md", script("Rest", "Another text."));
    desk.kept(&["render", "rest", "--script", "s.md"]);
    assert!(desk.kept(&["show", "rest", "--script"]).contains("Another text."));
    desk.kept(&["check"]);
}

#[test]
fn history_says_what_was_heard_and_how_far_and_outlives_a_torn_line() {
    let desk = Desk::new();
    desk.add("Rest", "Rest a while here.");
    desk.kept(&["heard", "rest", "--to", "1s", "--at", "2026-01-02T03:04:05Z"]);
    let log = desk.path("L/history.jsonl");
    let whole = fs::read(&log).unwrap();
    fs::write(&log, [&whole[..], b"{\"at\":\"2026-0"].concat()).unwrap();
    assert_eq!(desk.kept_json(&["history"])["heard"].as_array().unwrap().len(), 1);
    desk.kept(&["check"]);
    desk.kept(&["heard", "rest", "--at", "2026-01-03T03:04:05Z"]);
    let lines = fs::read(&log).unwrap();
    assert!(lines.starts_with(&whole) && lines.iter().filter(|b| **b == b'\n').count() == 2);
    let heard = desk.kept_json(&["history"]);
    assert_eq!(heard["heard"][1]["position"], 1.0);
    assert_eq!(heard["heard"][1]["finished"], false);
    assert_eq!(heard["heard"][0]["finished"], true);
    desk.kept(&["rename", "rest", "Stillness"]);
    assert_eq!(desk.kept_json(&["history", "stillness"])["heard"].as_array().unwrap().len(), 2);
    assert_eq!(desk.listed(&["--unheard"]), [""; 0]);
    // A byte in the middle is damage: that line is skipped, named, and set aside.
    let mut bytes = fs::read(&log).unwrap();
    bytes[20] ^= 1;
    fs::write(&log, bytes).unwrap();
    let output = desk.library(&["check"]);
    assert_eq!(String::from_utf8_lossy(&output.stdout), "history.jsonl: damaged: line 1 cannot be read\n");
    desk.kept(&["check", "--repair"]);
    desk.kept(&["check"]);
    assert_eq!(desk.kept_json(&["history"])["heard"].as_array().unwrap().len(), 1);
}

#[test]
fn one_wrong_byte_in_each_of_fifty_files_is_fifty_files_named_and_put_right() {
    let desk = Desk::new();
    for number in 0..12 {
        desk.add(&format!("Session {number}"), &format!("Rest number {number}."));
    }
    let whole = files(&desk.path("L/sessions"));
    assert_eq!(whole.len(), 60);
    let mut rng = StdRng::seed_from_u64(7);
    let mut chosen: Vec<&PathBuf> = whole.keys().collect();
    chosen.shuffle(&mut rng);
    chosen.truncate(50);
    chosen.sort();
    for path in &chosen {
        let mut bytes = whole[*path].clone();
        let at = rng.random_range(0..bytes.len());
        bytes[at] ^= rng.random_range(1..=255u8);
        fs::write(desk.path("L/sessions").join(path), bytes).unwrap();
    }
    let output = desk.library(&["check", "--json"]);
    assert_eq!(output.status.code(), Some(1));
    let told: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    let named: Vec<PathBuf> =
        told["faults"].as_array().unwrap().iter().map(|fault| fault["file"].as_str().unwrap().into()).collect();
    assert_eq!(named, chosen.iter().map(|path| PathBuf::from("sessions").join(path)).collect::<Vec<_>>());
    // Scripts come back from the sound as long as that is whole; sounds from their scripts.
    desk.library(&["check", "--repair"]);
    let left: Vec<PathBuf> = files(&desk.path("L/sessions"))
        .into_iter()
        .filter(|(path, bytes)| whole[path] != *bytes)
        .map(|(path, _)| path)
        .collect();
    for path in &left {
        let folder = path.parent().unwrap();
        let both = ["script.md", "audio.flac"].iter().all(|name| chosen.contains(&&folder.join(name)));
        assert!(both || path.ends_with("session.toml"), "{} was not put right", path.display());
    }
}

#[test]
fn a_change_by_hand_is_seen_and_taken_over_and_a_wrong_byte_is_put_right() {
    let desk = Desk::new();
    desk.add("Rest", "Rest.");
    let path = desk.path("L/sessions/rest/session.toml");
    let whole = fs::read_to_string(&path).unwrap();
    // The index knows the session as it was.
    assert_eq!(desk.listed(&["--tag", "by hand"]), [""; 0]);
    fs::write(&path, whole.replace("tags = [\"sea\"]", "tags = [\"sea\", \"by hand\"]")).unwrap();
    assert_eq!(desk.listed(&["--tag", "by hand"]), ["rest"]);
    let output = desk.library(&["check"]);
    let told = String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(told.starts_with("sessions/rest/session.toml: changed by hand"), "{told}");
    desk.kept(&["check", "--repair"]);
    desk.kept(&["check"]);
    assert_eq!(desk.listed(&["--tag", "by hand"]), ["rest"]);
    // A wrong byte in a hash is never sealed by a later change.
    let whole = fs::read_to_string(&path).unwrap();
    let at = whole.find("\"audio.flac\" = \"").unwrap() + 16;
    let mut bytes = whole.clone().into_bytes();
    bytes[at] = if bytes[at] == b'0' { b'1' } else { b'0' };
    fs::write(&path, &bytes).unwrap();
    desk.kept(&["favourite", "rest"]);
    desk.kept(&["check"]);
    assert_eq!(fs::read_to_string(&path).unwrap().lines().count(), whole.lines().count());
}

#[test]
fn a_damaged_session_is_named_and_the_rest_still_lists() {
    let desk = Desk::new();
    desk.add("One", "Rest.");
    desk.add("Two", "Rest.");
    desk.write("L/sessions/two/session.toml", "title = \u{1b}\n");
    let output = desk.library(&["list"]);
    assert!(output.status.success());
    assert!(String::from_utf8_lossy(&output.stdout).contains("One"));
    let told = stderr(&output);
    assert!(told.starts_with("warning: the session two is damaged: session.toml, line 1: "), "{told}");
    assert!(!told.contains('\u{1b}'));
    desk.kept(&["remove", "two"]);
    assert_eq!(desk.listed(&[]), ["one"]);
}

#[test]
fn a_library_of_a_newer_format_is_refused_and_left_alone() {
    let desk = Desk::new();
    desk.add("One", "Rest.");
    desk.kept(&["list"]);
    desk.write("L/undertone.toml", "format = 2\n");
    let entry = |path: &str| fs::metadata(desk.path(path)).unwrap().mtime_nsec();
    let before = (files(&desk.path("L")), entry("L"), entry("L/.work"), entry("L/.derived"));
    desk.write("s.md", script("Two", "Rest."));
    for args in
        [&["list"][..], &["add", "s.md"], &["remove", "one"], &["check", "--repair"], &["purge"], &["tag", "one", "x"]]
    {
        let told = desk.refused(args);
        assert!(
            told.contains("has format 2, and this undertone knows 1; use a newer undertone: nothing was changed"),
            "{told}"
        );
    }
    assert_eq!((files(&desk.path("L")), entry("L"), entry("L/.work"), entry("L/.derived")), before);
}

#[test]
fn a_folder_of_other_things_is_not_made_a_library() {
    let desk = Desk::new();
    fs::create_dir(desk.path("L")).unwrap();
    desk.write("L/thesis.txt", "years of work");
    desk.write("s.md", script("One", "Rest."));
    let told = desk.refused(&["add", "s.md"]);
    assert!(told.contains("holds other things and is no library"), "{told}");
    assert_eq!(files(&desk.path("L")).len(), 1);
}

#[test]
fn what_is_derived_is_made_anew_when_it_is_missing_or_damaged() {
    let desk = Desk::new();
    desk.add("One", "The lantern.");
    desk.add("Two", "The tide.");
    let wanted = (desk.kept(&["list"]), desk.kept(&["search", "lantern"]));
    for name in ["entries", "words", "last-list"] {
        let path = desk.path("L/.derived").join(name);
        let whole = fs::read(&path).unwrap();
        for wrong in [Vec::new(), whole[..whole.len() / 2].to_vec(), [&whole[..33], b"\0", &whole[34..]].concat()] {
            fs::write(&path, wrong).unwrap();
            assert_eq!((desk.kept(&["list"]), desk.kept(&["search", "lantern"])), wanted, "{name}");
        }
    }
    fs::remove_dir_all(desk.path("L/.derived")).unwrap();
    assert_eq!((desk.kept(&["list"]), desk.kept(&["search", "lantern"])), wanted);
    // A session that another program put there is seen.
    desk.good(&["library", "--library", "M", "import", "L/sessions/one"]);
    fs::remove_dir_all(desk.path("L/sessions/one")).unwrap();
    assert_eq!(desk.listed(&[]), ["two"]);
    fs::rename(desk.path("M/sessions/one"), desk.path("L/sessions/one")).unwrap();
    assert_eq!(names(&desk.kept_json(&["search", "lantern"])["sessions"]), ["one"]);
}

#[test]
fn a_playlist_keeps_its_order_and_knows_its_sessions_by_more_than_their_names() {
    let desk = Desk::new();
    for title in ["One", "Two"] {
        desk.add(title, "Rest.");
    }
    desk.kept(&["playlist", "add", "Nights", "two", "one", "two"]);
    desk.kept(&["playlist", "bed", "nights", "night-rain:-20"]);
    desk.kept(&["rename", "two", "Second"]);
    let shown = desk.kept_json(&["playlist", "Nights"]);
    assert_eq!(shown["sessions"], serde_json::json!(["second", "one", "second"]));
    assert_eq!(shown["bed"], serde_json::json!({ "name": "night-rain", "level": -20.0 }));
    desk.kept(&["remove", "one"]);
    assert_eq!(desk.kept_json(&["playlist", "nights"])["missing"], serde_json::json!(["one"]));
    desk.kept(&["playlist", "remove", "nights", "one"]);
    desk.kept(&["check"]);
    let told = desk.refused(&["playlist", "bed", "nights", "nothing-such"]);
    assert!(told.contains("nothing-such"), "{told}");
    desk.kept(&["playlist", "delete", "nights"]);
    assert_eq!(
        desk.refused(&["playlist", "nights"]),
        "error: there is no playlist \"nights\": there is none yet; make one with add\n"
    );
}

#[test]
fn the_library_is_where_the_argument_the_variable_the_configuration_or_the_data_folder_says() {
    let desk = Desk::new();
    desk.write("s.md", script("One", "Rest."));
    fs::create_dir_all(desk.path("config/undertone")).unwrap();
    let run = |args: &[&str], variable: Option<&str>| {
        let mut command = desk.command(&[&["library"], args].concat());
        command.env("XDG_CONFIG_HOME", desk.path("config")).env("XDG_DATA_HOME", desk.path("data"));
        command.env_remove("UNDERTONE_LIBRARY");
        variable.map(|folder| command.env("UNDERTONE_LIBRARY", desk.path(folder)));
        command.output().unwrap()
    };
    let there = |folder: &str| desk.path(folder).join("sessions/one").is_dir();
    assert!(run(&["add", "s.md"], None).status.success() && there("data/undertone/library"));
    desk.write("config/undertone/config.toml", format!("library = {:?}\n", desk.path("C")));
    assert!(run(&["add", "s.md"], None).status.success() && there("C"));
    assert!(run(&["add", "s.md"], Some("V")).status.success() && there("V"));
    assert!(run(&["add", "s.md", "--library", "A"], Some("V")).status.success() && there("A"));
    desk.write("config/undertone/config.toml", "libary = \"/x\"\n");
    let told = stderr(&run(&["list"], None));
    assert!(told.contains("there is no \"libary\"") && told.contains("known is library = \"PATH\""), "{told}");
}
