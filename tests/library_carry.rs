//! What is carried from one library to another: nothing comes twice, nothing is lost without a word.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test says what it expects by unwrapping it")]

mod common;

use common::{Desk, library::files, stderr};
use serde_json::json;
use std::{
    fs,
    os::unix::{
        fs::{MetadataExt, PermissionsExt},
        process::CommandExt,
    },
    path::{Path, PathBuf},
    process::Command,
};

/// Changes a file of a library without its seal.
fn edit(path: &Path, change: impl FnOnce(String) -> String) {
    let text = fs::read_to_string(path).unwrap();
    let changed = change(text.clone());
    assert_ne!(changed, text);
    fs::write(path, changed).unwrap();
}

#[test]
fn an_archive_that_comes_again_adds_nothing_also_when_titles_and_tags_were_changed_here() {
    let desk = Desk::new();
    desk.add("Rest", "Let go.");
    desk.kept(&["export", "q.zip", "rest"]);
    desk.kept(&["render", "rest", "--pace", "0.6"]);
    desk.kept(&["import", "q.zip"]);
    desk.kept(&["tag", "rest-2", "mine"]);
    let before = files(&desk.path("L"));
    let again = desk.kept_json(&["import", "q.zip"]);
    assert_eq!(
        (&again["added"], &again["same"], &again["other_sessions"]),
        (&json!([]), &json!([]), &json!(["rest-2"]))
    );
    let said = stderr(&desk.library(&["import", "q.zip"]));
    assert!(said.contains("left rest-2 as it is here: the one in it has another title, or other tags"), "{said}");
    assert_eq!(files(&desk.path("L")), before);
}

#[test]
fn another_session_with_the_same_sound_is_taken_over() {
    let desk = Desk::new();
    desk.add("Rest", "Let go.");
    desk.kept(&["export", "out"]);
    // Two who added the same script on one day.
    let id = desk.kept_json(&["show", "rest"])["id"].as_str().unwrap().to_owned();
    edit(&desk.path("out/sessions/rest/session.toml"), |text| {
        text.replace(&id, "00000000000000aa").replace("title = \"Rest\"", "title = \"Another\"")
    });
    assert_eq!(desk.kept_json(&["import", "out"])["added"], json!([{ "name": "rest", "slug": "rest-2" }]));
    assert_eq!(desk.kept_json(&["show", "rest-2"])["id"], "00000000000000aa");
}

#[test]
fn of_two_sessions_with_one_id_one_gets_another_and_both_come_once() {
    let desk = Desk::new();
    desk.add("Rest", "Let go.");
    desk.kept(&["export", "out"]);
    desk.kept(&["render", "rest", "--pace", "0.6"]);
    // As a person does, who copies a folder.
    fs::create_dir(desk.path("out/sessions/rest-slow")).unwrap();
    for entry in fs::read_dir(desk.path("L/sessions/rest")).unwrap().flatten() {
        fs::copy(entry.path(), desk.path("out/sessions/rest-slow").join(entry.file_name())).unwrap();
    }
    let other = |args: &[&str]| desk.json(&[&["library", "--library", "M"], args].concat());
    assert_eq!(other(&["import", "out"])["added"].as_array().unwrap().len(), 2);
    assert_ne!(other(&["show", "rest"])["id"], other(&["show", "rest-slow"])["id"]);
    let again = other(&["import", "out"]);
    assert_eq!((&again["added"], &again["same"]), (&json!([]), &json!(["rest", "rest-slow"])));
    desk.good(&["library", "--library", "M", "check"]);
}

#[test]
fn a_damaged_playlist_is_named_and_holds_up_no_session() {
    let desk = Desk::new();
    desk.add("Rest", "Let go.");
    for name in ["edited", "mended", "broken"] {
        desk.kept(&["playlist", "add", name, "rest", "--bed", "night-rain:-18"]);
    }
    desk.kept(&["export", "out"]);
    let list = |root: &str, name: &str| desk.path(root).join(format!("playlists/{name}.toml"));
    edit(&list("out", "edited"), |text| text.replace("level = -18", "level = -12"));
    edit(&list("out", "mended"), |text| text.replace("level = -18", "lavel = -18"));
    edit(&list("out", "broken"), |text| text.replace("level = -18", "level = {"));
    let output = desk.run(&["library", "--library", "M", "import", "out"]);
    let said = stderr(&output);
    assert_eq!(output.status.code(), Some(1), "{said}");
    assert!(said.contains("left out the playlist broken, which is damaged: "), "{said}");
    assert!(said.ends_with("imported one session\n"), "{said}");
    assert!(fs::read_to_string(list("M", "edited")).unwrap().contains("level = -12"));
    assert_eq!(fs::read(list("M", "mended")).unwrap(), fs::read(list("L", "mended")).unwrap());
    assert!(!list("M", "broken").exists());
}

#[test]
fn a_playlist_with_the_same_contents_is_not_called_another() {
    let desk = Desk::new();
    desk.add("Rest", "Let go.");
    desk.kept(&["playlist", "add", "nights", "rest"]);
    desk.kept(&["playlist", "add", "days", "rest"]);
    desk.kept(&["export", "out"]);
    edit(&desk.path("out/playlists/nights.toml"), |text| format!("# Mine.\n{text}"));
    desk.kept(&["playlist", "add", "days", "rest"]);
    let told = desk.kept_json(&["import", "out"]);
    assert_eq!((&told["playlists"], &told["other_playlists"]), (&json!([]), &json!(["days"])));
}

#[test]
fn only_playlists_are_imported_as_playlists_and_a_damaged_line_of_the_history_is_told() {
    let desk = Desk::new();
    desk.add("Rest", "Let go.");
    desk.kept(&["playlist", "add", "nights", "rest"]);
    for _ in 0..2 {
        desk.kept(&["heard", "rest"]);
    }
    desk.kept(&["export", "out"]);
    for folder in ["playlistsX", "playlists/sub"] {
        fs::create_dir(desk.path("out").join(folder)).unwrap();
        fs::copy(desk.path("out/playlists/nights.toml"), desk.path("out").join(folder).join("evil.toml")).unwrap();
    }
    edit(&desk.path("out/history.jsonl"), |text| text.replacen("Rest", "Pest", 1));
    let output = desk.run(&["library", "--library", "M", "import", "out"]);
    let said = stderr(&output);
    assert_eq!(output.status.code(), Some(1), "{said}");
    assert!(said.contains("left out a line of the history that cannot be read"), "{said}");
    assert_eq!(desk.good(&["library", "--library", "M", "playlist", "list", "--json"]), "[\n  \"nights\"\n]\n");
    assert_eq!(fs::read_to_string(desk.path("M/history.jsonl")).unwrap().lines().count(), 1);
}

#[test]
fn nothing_is_exported_into_the_library_by_any_way() {
    let desk = Desk::new();
    desk.add("Rest", "Let go.");
    std::os::unix::fs::symlink(desk.path("L"), desk.path("link")).unwrap();
    for to in ["L/out", "link/out.zip", "nowhere/../L/out", "nowhere/../link/sessions/out"] {
        assert!(desk.refused(&["export", to]).ends_with("it lies in the library; name a place outside\n"), "{to}");
        assert!(desk.refused(&["site", to]).ends_with("it lies in the library; name a place outside\n"), "{to}");
    }
    desk.good(&["library", "--library", "link", "export", "L2"]);
}

#[test]
fn a_session_of_an_absurd_length_is_named_and_nothing_is_imported() {
    let desk = Desk::new();
    desk.add("Good", "Rest.");
    desk.add("Long", "Rest.");
    desk.kept(&["export", "out"]);
    let path = desk.path("out/sessions/long/session.toml");
    let whole = fs::read_to_string(&path).unwrap();
    let length = whole.lines().find(|line| line.starts_with("length = ")).unwrap();
    for absurd in ["1e15", "1.8e19", "1e300", "-1.0", "nan", "inf"] {
        fs::write(&path, whole.replace(length, &format!("length = {absurd}"))).unwrap();
        let output = desk.run(&["library", "--library", "M", "import", "out"]);
        let said = stderr(&output);
        assert_eq!(output.status.code(), Some(1), "{absurd}: {said}");
        let start = "error: out was not imported: the session long in it is damaged: session.toml";
        assert!(said.starts_with(start), "{absurd}: {said}");
        assert_eq!(fs::read_dir(desk.path("M/sessions")).map_or(0, Iterator::count), 0, "{absurd}");
    }
}

/// Gives all that lies in a folder, and the folder, these modes.
fn set_modes(folder: &Path, of_folders: u32, of_files: u32) {
    let set = |path: &Path, mode| fs::set_permissions(path, fs::Permissions::from_mode(mode)).unwrap();
    set(folder, 0o755);
    let inside: Vec<PathBuf> = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    for path in inside {
        if path.is_dir() { set_modes(&path, of_folders, of_files) } else { set(&path, of_files) }
    }
    set(folder, of_folders);
}

#[test]
fn a_library_that_cannot_be_written_is_exported() {
    /// Whom systems have for those who own nothing.
    const NOBODY: u32 = 65_534;
    let desk = Desk::new();
    desk.add("Rest", "Let go.");
    desk.kept(&["playlist", "add", "nights", "rest"]);
    let kept = files(&desk.path("L"));
    set_modes(&desk.path("L"), 0o555, 0o444);
    fs::create_dir(desk.path("to")).unwrap();
    for (path, mode) in [(desk.folder.path().to_owned(), 0o755), (desk.path("to"), 0o777)] {
        fs::set_permissions(path, fs::Permissions::from_mode(mode)).unwrap();
    }
    // The program itself may lie where nobody else may look.
    let program = desk.path("undertone");
    let built = env!("CARGO_BIN_EXE_undertone");
    fs::hard_link(built, &program).or_else(|_| fs::copy(built, &program).map(drop)).unwrap();
    let as_nobody = |args: &[&str]| {
        let mut command = Command::new(&program);
        command.args(["library", "--library", "L"]).args(args).current_dir(desk.folder.path());
        command.env("UNDERTONE_CACHE", desk.path("cache")).env("UNDERTONE_STATE", desk.path("state"));
        // What is forbidden is forbidden to everyone but to root.
        if fs::metadata(desk.folder.path()).unwrap().uid() == 0 {
            command.uid(NOBODY).gid(NOBODY);
        }
        command.output().unwrap()
    };
    let outputs = [as_nobody(&["export", "to/out"]), as_nobody(&["export", "to/one.zip", "rest"])];
    let tagged = as_nobody(&["tag", "rest", "x"]);
    set_modes(&desk.path("L"), 0o755, 0o644);
    for output in outputs {
        assert!(output.status.success(), "{}", stderr(&output));
        assert!(stderr(&output).starts_with("exported one session to "), "{}", stderr(&output));
    }
    assert_eq!(files(&desk.path("to/out")), kept);
    assert!(stderr(&tagged).contains("cannot open "), "it was to be forbidden: {}", stderr(&tagged));
}

#[test]
fn a_library_that_is_not_there_is_not_exported() {
    let desk = Desk::new();
    let said = desk.refused(&["export", "typo.zip"]);
    assert!(said.starts_with("error: there is no library in ") && said.contains("--library"), "{said}");
    assert!(!desk.path("typo.zip").exists() && !desk.path("L").exists());
}
