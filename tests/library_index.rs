//! An index is never believed against the files that it was made of.
#![cfg(unix)]
#![allow(clippy::unwrap_used, reason = "a test says what it expects by unwrapping it")]

mod common;

use common::Desk;
use std::{fs, path::Path, time::Duration};

/// Lists and searches until every file has its second name, and nothing is read but the index.
fn settle(desk: &Desk) {
    for _ in 0..3 {
        std::thread::sleep(Duration::from_millis(60));
        desk.kept(&["list"]);
        desk.kept(&["search", "one"]);
    }
    for file in ["session.toml", "script.md"] {
        assert!(desk.path("L/.derived/seen").join(file).join("one").exists(), "{file}");
    }
}

fn titles(desk: &Desk) -> Vec<String> {
    let sessions = desk.kept_json(&["list"])["sessions"].take();
    sessions.as_array().unwrap().iter().map(|session| session["title"].as_str().unwrap().to_owned()).collect()
}

#[test]
fn what_was_added_or_imported_is_in_the_index_before_anybody_searches() {
    fn is_known(desk: &Desk, library: &str, word: &str) -> bool {
        let words = fs::read(desk.path(library).join(".derived/words")).unwrap();
        words.windows(word.len()).any(|bytes| bytes == word.as_bytes())
    }
    let desk = Desk::new();
    desk.add("One", "A heron stands still.");
    assert!(is_known(&desk, "L", "heron"));
    // By then the first one is older than a tick of the file system's clock.
    std::thread::sleep(Duration::from_millis(60));
    desk.add("Two", "A lamp burns low.");
    assert!(is_known(&desk, "L", "lamp") && is_known(&desk, "L", "heron"));
    for file in ["session.toml", "script.md"] {
        assert!(desk.path("L/.derived/seen").join(file).join("one").exists(), "{file}");
    }

    desk.kept(&["export", "two.zip", "two"]);
    desk.good(&["library", "--library", "M", "import", "two.zip"]);
    assert!(is_known(&desk, "M", "lamp") && !is_known(&desk, "M", "heron"));

    fs::write(desk.path("two.md"), "A river runs.\n").unwrap();
    desk.kept(&["render", "two", "--script", "two.md"]);
    assert!(is_known(&desk, "L", "river"));
}

/// Another text of the same length.
fn changed(path: &Path, from: &str, to: &str) -> String {
    let text = fs::read_to_string(path).unwrap();
    assert_eq!((text.contains(from), from.len()), (true, to.len()));
    text.replace(from, to)
}

#[test]
fn whatever_becomes_of_a_session_is_listed_and_found_at_once() {
    let desk = Desk::new();
    desk.add("Title one", "Rest, one.");
    let (folder, aside) = (desk.path("L/sessions/title-one"), desk.path("aside"));
    fs::rename(&folder, desk.path("L/sessions/one")).unwrap();
    let folder = folder.with_file_name("one");
    let about = folder.join("session.toml");

    settle(&desk);
    fs::write(&about, changed(&about, "Title one", "Write one")).unwrap();
    assert_eq!(titles(&desk), ["Write one"], "written over");

    settle(&desk);
    fs::write(&aside, changed(&about, "Write one", "Other one")).unwrap();
    fs::rename(&aside, &about).unwrap();
    assert_eq!(titles(&desk), ["Other one"], "another file in its place");

    settle(&desk);
    let text = changed(&about, "Other one", "Moved one");
    fs::rename(&about, &aside).unwrap();
    fs::write(&about, text).unwrap();
    assert_eq!(titles(&desk), ["Moved one"], "moved away, and another file in its place");

    settle(&desk);
    let text = changed(&about, "Moved one", "Inner one");
    fs::rename(&folder, desk.path("folder")).unwrap();
    fs::create_dir(&folder).unwrap();
    for entry in fs::read_dir(desk.path("folder")).unwrap().flatten() {
        fs::copy(entry.path(), folder.join(entry.file_name())).unwrap();
    }
    fs::write(&about, text).unwrap();
    assert_eq!(titles(&desk), ["Inner one"], "another folder in its place");

    settle(&desk);
    let script = folder.join("script.md");
    assert_eq!(desk.kept_json(&["search", "tide"])["sessions"].as_array().unwrap().len(), 0);
    fs::write(&script, changed(&script, "Rest, one.", "Tide, one.")).unwrap();
    assert_eq!(desk.kept_json(&["search", "tide"])["sessions"].as_array().unwrap().len(), 1);
    settle(&desk);
    fs::write(&aside, changed(&script, "Tide, one.", "Lamp, one.")).unwrap();
    fs::rename(&aside, &script).unwrap();
    assert_eq!(desk.kept_json(&["search", "lamp"])["sessions"].as_array().unwrap().len(), 1);

    settle(&desk);
    desk.kept(&["remove", "one"]);
    assert_eq!(titles(&desk), [""; 0]);
    assert_eq!(desk.library(&["search", "lamp"]).stdout, b"");
    for file in ["session.toml", "script.md"] {
        assert_eq!(fs::read_dir(desk.path("L/.derived/seen").join(file)).unwrap().count(), 0, "{file}");
    }
}
