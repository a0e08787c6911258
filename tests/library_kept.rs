//! What is a person's own in a library stays, and nothing is taken for something else.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test says what it expects by unwrapping it")]

mod common;

use common::{
    Desk,
    library::{files, script},
    stderr,
};
use std::{fs, path::Path};

#[test]
fn what_a_person_puts_into_a_session_survives_that_it_is_made_again() {
    let desk = Desk::new();
    desk.add("One", "Rest.");
    let own = desk.path("L/sessions/one");
    fs::create_dir_all(own.join("notes/deep")).unwrap();
    fs::write(own.join("notes/deep/a.txt"), "mine").unwrap();
    fs::write(own.join("audio.mp3"), "mine, too").unwrap();
    std::os::unix::fs::symlink("script.md", own.join("link")).unwrap();
    desk.kept(&["render", "one", "--pace", "0.8"]);
    assert_eq!(fs::read_to_string(own.join("notes/deep/a.txt")).unwrap(), "mine");
    assert_eq!(fs::read_to_string(own.join("audio.mp3")).unwrap(), "mine, too");
    assert_eq!(fs::read_link(own.join("link")).unwrap(), std::path::Path::new("script.md"));
    desk.kept(&["check"]);

    // What would be written over it is refused before anything is spoken, and nothing changes.
    let before = files(&desk.path("L"));
    let said = desk.refused(&["render", "one", "--format", "mp3", "--pace", "0.9"]);
    assert!(said.contains("audio.mp3 is not undertone's, and would be overwritten; give it another name"), "{said}");
    assert_eq!(files(&desk.path("L")), before);
    assert_eq!(desk.kept_json(&["render", "one", "--pace", "0.9"])["synthesized"], 1);
}

#[test]
fn a_session_whose_folder_has_a_name_that_is_not_utf8_is_told_of() {
    use std::os::unix::ffi::OsStrExt;
    let desk = Desk::new();
    desk.add("One", "Rest.");
    let sessions = desk.path("L/sessions");
    fs::rename(sessions.join("one"), sessions.join(std::ffi::OsStr::from_bytes(b"\xe9t\xe9"))).unwrap();
    let list = desk.kept_json(&["list"]);
    assert_eq!(list["damaged"][0]["reason"], "its folder's name is not UTF-8; give the folder another name");
    let checked = desk.library(&["check"]);
    assert_eq!(checked.status.code(), Some(1));
    let told = String::from_utf8_lossy(&checked.stdout).into_owned();
    assert!(told.starts_with("sessions/\u{fffd}t\u{fffd}: damaged: its folder's name is not UTF-8"), "{told}");
}

#[test]
fn a_name_without_latin_letters_means_only_what_is_called_so() {
    let desk = Desk::new();
    assert_eq!(desk.add("夜の海", "Rest."), "session");
    for name in ["朝", "..", "***", "", " "] {
        assert!(desk.refused(&["remove", name]).starts_with("error: there is no session"), "{name}");
    }
    assert!(desk.kept(&["show", "夜の海"]).contains("夜の海"));
    assert!(desk.kept(&["show", "夜"]).contains("夜の海"));
    let said = desk.refused(&["playlist", "add", "朝", "session"]);
    assert_eq!(said, "error: \"朝\" cannot be a playlist's name: it has none of the letters a to z, and no digit\n");
}

#[test]
fn a_number_is_of_the_last_list_or_a_whole_word() {
    let desk = Desk::new();
    desk.add("2026 review", "Rest.");
    desk.add("30 breaths", "Rest.");
    desk.kept(&["list", "--sort", "title"]);
    assert!(desk.kept(&["show", "2026"]).contains("2026 review"));
    assert!(desk.refused(&["show", "3"]).contains("numbers are those of the last"));
    desk.kept(&["remove", "1"]);
    let said = desk.refused(&["show", "1"]);
    assert_eq!(said, "error: there is no session \"1\"; it is gone since the last \"undertone library list\"\n");
}

#[test]
fn a_playlist_changed_by_hand_is_as_it_was_changed() {
    let desk = Desk::new();
    desk.add("One", "Rest.");
    desk.kept(&["playlist", "add", "nights", "one", "--bed", "night-rain:-18"]);
    let path = desk.path("L/playlists/nights.toml");
    let text = fs::read_to_string(&path).unwrap();
    fs::write(&path, text.replace("level = -18", "level = -12")).unwrap();
    assert!(stderr(&desk.library(&["playlist", "nights"])).contains("-12 dB"));
    let said = desk.library(&["check"]);
    assert_eq!(
        String::from_utf8_lossy(&said.stdout),
        "playlists/nights.toml: changed by hand: it is not as undertone wrote it\n"
    );
    desk.kept(&["export", "out.zip"]);
    desk.good(&["library", "--library", "M", "import", "out.zip"]);
    desk.kept(&["check", "--repair"]);
    desk.kept(&["check"]);
    assert!(fs::read_to_string(&path).unwrap().contains("level = -12"));

    // The same name with other contents is told.
    desk.kept(&["playlist", "bed", "nights", "off"]);
    let said = stderr(&desk.library(&["import", "out.zip"]));
    assert!(said.contains("left the playlist nights as it is here"), "{said}");
}

#[test]
fn a_playlist_knows_its_sessions_under_other_names() {
    let desk = Desk::new();
    desk.add("One", "Rest.");
    desk.add("Two", "Rest.");
    desk.kept(&["playlist", "add", "n", "two", "one"]);
    desk.kept(&["rename", "two", "Second"]);
    assert_eq!(desk.add("Two", "Another."), "two");
    assert!(desk.refused(&["playlist", "remove", "n", "two"]).contains("two is not in the playlist"));
    assert_eq!(desk.kept_json(&["playlist", "show", "n"])["sessions"], serde_json::json!(["second", "one"]));
    desk.kept(&["remove", "second"]);
    let shown = desk.kept_json(&["playlist", "show", "n"]);
    assert_eq!((&shown["sessions"], &shown["missing"]), (&serde_json::json!(["one"]), &serde_json::json!(["two"])));
}

#[test]
fn a_playlist_tells_a_copied_session_from_its_original_and_one_that_is_gone_from_one_like_it() {
    let desk = Desk::new();
    desk.add("Box", "Rest.");
    desk.add("Box breathing", "Rest, and breathe.");
    copy(&desk.path("L/sessions/box"), &desk.path("L/sessions/copy"));
    let sessions = || desk.kept_json(&["playlist", "show", "n"])["sessions"].take();
    desk.kept(&["playlist", "add", "n", "copy", "box", "box-breathing"]);
    assert_eq!(sessions(), serde_json::json!(["copy", "box", "box-breathing"]));
    desk.kept(&["playlist", "remove", "n", "copy"]);
    assert_eq!(sessions(), serde_json::json!(["box", "box-breathing"]));
    desk.kept(&["remove", "box", "copy"]);
    desk.kept(&["playlist", "remove", "n", "box"]);
    assert_eq!(sessions(), serde_json::json!(["box-breathing"]));
}

#[test]
fn what_is_no_playlist_is_named_and_holds_nothing_up() {
    let desk = Desk::new();
    desk.add("One", "Rest.");
    desk.kept(&["playlist", "add", "good", "one"]);
    fs::create_dir(desk.path("L/playlists/folder.toml")).unwrap();
    let pipe = desk.path("L/playlists/pipe.toml");
    assert!(std::process::Command::new("mkfifo").arg(&pipe).status().unwrap().success());
    assert_eq!(desk.kept(&["playlist"]).lines().count(), 1);
    let output = desk.library(&["check"]);
    let said = [output.stdout, output.stderr].map(|bytes| String::from_utf8(bytes).unwrap()).concat();
    for name in ["folder", "pipe"] {
        assert!(said.contains(&format!("playlists/{name}.toml: damaged: it is no file")), "{said}");
        desk.refused(&["playlist", name]);
    }
    assert!(desk.refused(&["export", "out"]).contains("left out playlists/pipe.toml: it is no file"));
    assert!(desk.path("out/playlists/good.toml").exists());
}

#[test]
fn a_number_is_a_name_only_where_the_list_was_kept() {
    let desk = Desk::new();
    desk.add("One", "Rest.");
    desk.add("Two", "Rest.");
    copy(&desk.path("L/sessions/one"), &desk.path("L/sessions/a\nb"));
    let numbers = |desk: &Desk| {
        let sessions = desk.kept_json(&["list", "--sort", "title"])["sessions"].take();
        sessions.as_array().unwrap().iter().map(|one| (one["index"].clone(), one["slug"].clone())).collect::<Vec<_>>()
    };
    for (number, slug) in numbers(&desk) {
        assert_eq!(desk.kept_json(&["show", &number.to_string()])["slug"], slug);
    }
    fs::remove_dir_all(desk.path("L/.derived")).unwrap();
    desk.write("L/.derived", "no folder");
    assert!(numbers(&desk).into_iter().all(|(number, _)| number.is_null()));
    assert!(desk.kept(&["list"]).lines().skip(1).all(|line| line.starts_with("   ")), "no numbers are shown");
    desk.refused(&["show", "1"]);
}

#[test]
fn a_script_in_a_folder_with_a_name_that_is_no_text_is_added() {
    use std::os::unix::ffi::OsStrExt;
    let desk = Desk::new();
    let folder = desk.path("s").with_file_name(std::ffi::OsStr::from_bytes(b"s\xff"));
    fs::create_dir(&folder).unwrap();
    fs::write(folder.join("a.md"), script("Rest", "Let go.")).unwrap();
    let mut command = desk.command(&["library", "--library", "L", "add"]);
    let output = command.arg(folder.join("a.md")).output().unwrap();
    assert!(output.status.success(), "{}", stderr(&output));
    desk.kept(&["check"]);
}

/// Copies a session as a person does who copies a folder.
fn copy(from: &Path, to: &Path) {
    fs::create_dir(to).unwrap();
    for entry in fs::read_dir(from).unwrap().flatten() {
        fs::copy(entry.path(), to.join(entry.file_name())).unwrap();
    }
}

#[test]
fn a_wrong_byte_is_not_spoken_and_not_sealed() {
    let desk = Desk::new();
    desk.write("s.md", script("Ada", "Welcome, {{name}}."));
    desk.kept(&["add", "s.md", "--set", "name=Ada"]);
    let path = desk.path("L/sessions/ada/session.toml");
    let text = fs::read_to_string(&path).unwrap();
    fs::write(&path, text.replace("name = \"Ada\"", "name = \"Ida\"")).unwrap();
    desk.kept(&["render", "ada"]);
    assert!(fs::read_to_string(desk.path("L/sessions/ada/captions.vtt")).unwrap().contains("Welcome, Ada."));
    assert!(fs::read_to_string(&path).unwrap().contains("name = \"Ada\""));
    desk.kept(&["check"]);

    // Another script need not ask for what the one before did.
    desk.write("t.md", script("Ada", "Rest."));
    desk.kept(&["render", "ada", "--script", "t.md"]);
    assert_eq!(desk.kept_json(&["show", "ada"])["answers"], serde_json::json!({}));
}

#[test]
fn a_stored_script_reads_nothing_aloud_that_lies_elsewhere() {
    let desk = Desk::new();
    desk.write("secret.txt", "The password is swordfish.\n");
    let text = script("Rest", "Let go.");
    desk.write("s.md", &text);
    desk.kept(&["add", "s.md"]);
    let folder = desk.path("L/sessions/rest");
    let hash = |text: &str| blake3::hash(text.as_bytes()).to_hex().to_string();
    let about = fs::read_to_string(folder.join("session.toml")).unwrap();
    let text = fs::read_to_string(folder.join("script.md")).unwrap();
    let hostile = format!("{text}\n[include secret.txt]\n");
    fs::write(folder.join("script.md"), &hostile).unwrap();
    fs::write(folder.join("session.toml"), about.replace(&hash(&text), &hash(&hostile))).unwrap();
    let said = desk.refused(&["render", "rest"]);
    assert!(said.contains("secret.txt, which is not in the library"), "{said}");
    assert!(said.contains("--allow-dir"), "{said}");
    assert!(!fs::read_to_string(folder.join("captions.vtt")).unwrap().contains("swordfish"));
    desk.kept(&["render", "rest", "--allow-dir", "."]);
    assert!(fs::read_to_string(folder.join("captions.vtt")).unwrap().contains("swordfish"));
}

#[test]
fn what_is_not_there_is_not_called_whole() {
    let desk = Desk::new();
    for args in [&["check"][..], &["export", "out.zip"]] {
        assert!(desk.refused(args).starts_with("error: there is no library in "), "{args:?}");
    }
    assert!(desk.refused(&["playlist", "delete", "nights"]).contains("there is no playlist"));
    assert!(!desk.path("L").exists() && !desk.path("out.zip").exists());

    desk.add("One", "Rest.");
    fs::remove_file(desk.path("L/undertone.toml")).unwrap();
    fs::write(desk.path("L/sessions/one/script.md"), "junk").unwrap();
    let said = desk.library(&["check"]);
    assert_eq!(
        String::from_utf8_lossy(&said.stdout),
        "sessions/one/script.md: damaged: it is not what its hash says\nundertone.toml: missing: it is gone\n"
    );
    assert_eq!(said.status.code(), Some(1));
    assert!(stderr(&desk.library(&["list", "--tag", "none"])).contains("no session fits"));
}

#[test]
fn the_same_session_in_two_states_is_two_sessions() {
    let desk = Desk::new();
    desk.add("Rest", "Let go.");
    desk.kept(&["export", "q.zip", "rest"]);
    desk.kept(&["render", "rest", "--pace", "0.6"]);
    assert_eq!(desk.kept_json(&["import", "q.zip"])["added"][0]["slug"], "rest-2");
    let id = |name: &str| desk.kept_json(&["show", name])["id"].clone();
    assert_ne!(id("rest"), id("rest-2"));
    desk.kept(&["check"]);
    let again = desk.kept_json(&["import", "q.zip"]);
    assert_eq!((&again["added"], &again["same"]), (&serde_json::json!([]), &serde_json::json!(["rest-2"])));
}

#[test]
fn names_of_any_length_are_removed_and_come_back() {
    let desk = Desk::new();
    desk.add("One", "Rest.");
    let named = |name: &str| desk.path(&format!("L/sessions/{name}"));
    let (long, longest) = (format!("a{}", "夜".repeat(30)), "é".repeat(127));
    fs::rename(named("one"), named(&long)).unwrap();
    desk.kept(&["remove", &long]);
    desk.add("One", "Another.");
    fs::rename(named("one"), named(&long)).unwrap();
    desk.kept(&["undo"]);
    assert_eq!(desk.listed(&[]).len(), 2);
    fs::rename(named(&long), named(&longest)).unwrap();
    desk.kept(&["remove", &longest]);
    desk.kept(&["undo"]);
    assert_eq!(desk.listed(&[]).len(), 2);
}

#[test]
fn sites_that_are_written_at_once_are_whole() {
    let desk = Desk::new();
    desk.add("One", "Rest. [pause 60s] And rest.");
    desk.add("Two", "Let go. [pause 60s] And let go.");
    let all: Vec<_> = (0..4)
        .map(|_| {
            let mut command = desk.command(&["library", "--library", "L", "site", "web"]);
            command.stderr(std::process::Stdio::piped()).spawn().unwrap()
        })
        .collect();
    for one in all {
        let output = one.wait_with_output().unwrap();
        assert!(output.status.success(), "{}", stderr(&output));
    }
    let mut sounds = 0;
    for entry in fs::read_dir(desk.path("web/audio")).unwrap().flatten() {
        let name = entry.file_name().into_string().unwrap();
        let hash = blake3::hash(&fs::read(entry.path()).unwrap()).to_hex();
        assert!(name.contains(&hash[..16]), "{name}");
        sounds += 1;
    }
    assert_eq!(sounds, 2);
}
