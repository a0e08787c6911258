//! A library as a web site: what is written, and what is left alone.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test says what it expects by unwrapping it")]

mod common;

use common::{Desk, library::files, stderr};
use std::{
    collections::BTreeMap,
    fs,
    os::unix::fs::{MetadataExt, symlink},
    path::{Path, PathBuf},
};

const HOSTILE: &str = "</script><script>alert('1')</script> \"&amp;\" \u{1b}[1m\u{202e}\u{2028} 🌊 שלום {{data}}";

fn site(desk: &Desk) -> BTreeMap<PathBuf, Vec<u8>> {
    files(&desk.path("site"))
}

fn text(desk: &Desk, name: &str) -> String {
    fs::read_to_string(desk.path("site").join(name)).unwrap()
}

/// Every file of it that is no sound and no picture.
fn texts(desk: &Desk) -> Vec<(PathBuf, String)> {
    let is_text = |name: &PathBuf| !name.starts_with("audio") && name.extension().is_none_or(|end| end != "png");
    site(desk)
        .into_iter()
        .filter(|(name, _)| is_text(name))
        .map(|(name, bytes)| (name, String::from_utf8(bytes).unwrap()))
        .collect()
}

/// What the page knows of the sessions.
fn data(desk: &Desk) -> serde_json::Value {
    let page = text(desk, "index.html");
    let (_, after) = page.split_once("<script type=\"application/json\" id=\"data\">").unwrap();
    serde_json::from_str(after.split_once("</script>").unwrap().0).unwrap()
}

/// Names of a folder of the site.
fn names(desk: &Desk, folder: &str) -> Vec<String> {
    let mut names: Vec<String> = fs::read_dir(desk.path("site").join(folder))
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    names.sort();
    names
}

#[test]
fn a_site_holds_the_sessions_and_the_same_library_gives_the_same_bytes() {
    let desk = Desk::new();
    desk.add("One", "Rest.");
    desk.add("Two", "Breathe.");
    desk.kept(&["tag", "two", "night"]);
    desk.kept(&["site", "site"]);
    let all = data(&desk);
    assert_eq!(all["keep"], true);
    assert_eq!(all["sessions"].as_array().unwrap().len(), 2);
    let two = all["sessions"].as_array().unwrap().iter().find(|one| one["slug"] == "two").unwrap();
    assert_eq!(two["tags"], serde_json::json!(["sea", "night"]));
    assert_eq!(two["chapters"], serde_json::json!([{ "at": 0.0, "title": "Arriving" }]));
    let sound = fs::read(desk.path("L/sessions/two/audio.flac")).unwrap();
    assert_eq!(two["bytes"], sound.len());
    let audio = two["audio"].as_str().unwrap();
    let hash = |bytes: &[u8]| blake3::hash(bytes).to_hex()[..16].to_owned();
    let id = desk.kept_json(&["show", "two"])["id"].as_str().unwrap().to_owned();
    assert_eq!(audio, format!("audio/two-{}-{}.flac", hash(id.as_bytes()), hash(&sound)));
    assert_eq!(site(&desk)[Path::new(audio)], sound);
    assert!(text(&desk, two["captions"].as_str().unwrap()).contains("\"Breathe.\"]]"));
    assert!(text(&desk, two["cover"].as_str().unwrap()).starts_with("<svg"));
    assert!(text(&desk, "worker.js").contains(audio));
    desk.kept(&["site", "again"]);
    assert_eq!(files(&desk.path("again")), site(&desk));
    desk.kept(&["site", "some", "two"]);
    assert_eq!(fs::read_dir(desk.path("some/audio")).unwrap().count(), 1);
}

#[test]
fn titles_are_texts_whatever_they_hold() {
    let desk = Desk::new();
    let slug = desk.add("Plain", HOSTILE.replace(['{', '}', '\u{2028}', '\u{1b}', '['], "").as_str());
    let file = desk.path("L/sessions").join(slug).join("session.toml");
    let about = fs::read_to_string(&file).unwrap();
    let title = toml::Value::String(HOSTILE.to_owned()).to_string();
    fs::write(&file, about.replace("title = \"Plain\"", &format!("title = {title}"))).unwrap();
    desk.kept(&["site", "site"]);
    let told = "</script><script>alert('1')</script> \"&amp;\" [1m 🌊 שלום {{data}}";
    assert_eq!(data(&desk)["sessions"][0]["title"].as_str().unwrap().replace("  ", " "), told);
    let page = text(&desk, "index.html");
    assert!(!page.contains("<script>alert"), "{page}");
    assert!(
        page.contains("&lt;/script&gt;&lt;script&gt;alert(&#39;1&#39;)&lt;/script&gt; &quot;&amp;amp;&quot;"),
        "{page}"
    );
    assert_eq!(page.matches("id=\"data\"").count(), 1);
    for (name, text) in texts(&desk) {
        assert!(!text.contains("<script>alert"), "{}", name.display());
        assert!(!text.contains(['\u{1b}', '\u{202e}', '\u{2028}']), "{}", name.display());
    }
}

#[test]
fn the_page_names_nothing_elsewhere_and_holds_no_code_of_its_own() {
    let desk = Desk::new();
    desk.add("One", "Rest.");
    desk.kept(&["site", "site"]);
    for (name, text) in texts(&desk) {
        let text = text.replace("http://www.w3.org/2000/svg", "");
        assert!(!text.contains("://"), "{}", name.display());
        if name.extension().is_some_and(|end| end == "html") {
            assert!(text.contains("default-src 'self'"));
            for banned in ["style=", "<style", " on", "javascript:", "=\"/"] {
                let found = text.match_indices(banned).find(|(at, _)| {
                    banned != " on"
                        || text[*at..].split('=').next().unwrap().trim().bytes().all(|b| b.is_ascii_lowercase())
                });
                assert_eq!(found, None, "{banned}");
            }
        }
    }
}

#[test]
fn a_site_is_replaced_and_what_is_the_same_is_left() {
    let desk = Desk::new();
    desk.add("One", "Rest.");
    desk.add("Two", "Breathe.");
    desk.kept(&["site", "site"]);
    let node = |name: &str| fs::metadata(desk.path("site").join(name)).unwrap().ino();
    let two = names(&desk, "audio")[1].clone();
    let before = (node(&format!("audio/{two}")), node("app.js"));
    desk.write("site/CNAME", "mine.example");
    desk.write("site/audio/notes.txt", "mine");
    desk.write("site/audio/mine.flac", "mine");
    assert_eq!(
        stderr(&desk.library(&["site", "site"])).split(": ").nth(1).unwrap(),
        "0 files written, 20 as they were, 0 removed\n"
    );
    desk.kept(&["remove", "one"]);
    desk.kept(&["site", "site"]);
    assert_eq!(names(&desk, "audio"), ["mine.flac", "notes.txt", &two]);
    assert_eq!((names(&desk, "captions").len(), names(&desk, "covers").len()), (1, 1));
    assert_eq!((node(&format!("audio/{two}")), node("app.js")), before);
    assert_eq!(text(&desk, "CNAME"), "mine.example");
    // What was damaged meanwhile is written again; what a stop left goes.
    desk.write(&format!("site/audio/{two}"), "x");
    desk.write("site/.undertone-part", "half");
    desk.kept(&["site", "site"]);
    assert_eq!(text(&desk, "worker.js").matches(&two).count(), 1);
    assert_eq!(
        fs::read(desk.path("site/audio").join(&two)).unwrap(),
        fs::read(desk.path("L/sessions/two/audio.flac")).unwrap()
    );
    assert!(!desk.path("site/.undertone-part").exists());
    // A site that was made again has other names for what has changed, so that no cache shows the old.
    desk.write("s.md", common::library::script("Two", "Breathe deeply."));
    desk.kept(&["render", "two", "--script", "s.md"]);
    desk.kept(&["site", "site"]);
    assert!(!names(&desk, "audio").contains(&two));
    assert_eq!(names(&desk, "audio").len(), 3);
}

#[test]
fn folders_of_others_are_refused_and_links_are_not_followed() {
    let desk = Desk::new();
    desk.add("One", "Rest.");
    fs::create_dir(desk.path("mine")).unwrap();
    desk.write("mine/index.html", "mine");
    assert_eq!(
        desk.refused(&["site", "mine"]),
        "error: cannot write a site to mine: it holds other things (\"index.html\") and no site of undertone's; name a new folder\n"
    );
    assert_eq!(files(&desk.path("mine")).len(), 1);
    assert!(desk.refused(&["site", "mine/index.html"]).ends_with("it is a file; name a folder\n"));
    assert!(desk.refused(&["site", "L/site"]).ends_with("it lies in the library; name a place outside\n"));
    assert!(desk.refused(&["site", "L"]).ends_with("it lies in the library; name a place outside\n"));
    assert!(desk.refused(&["site", "new", "nobody"]).contains("there is no session"));
    assert!(!desk.path("new").exists());
    symlink("mine", desk.path("link")).unwrap();
    assert!(desk.refused(&["site", "link"]).ends_with("it is a link; name the folder itself\n"));
    desk.kept(&["site", "site"]);
    fs::remove_dir_all(desk.path("site/audio")).unwrap();
    symlink("../mine", desk.path("site/audio")).unwrap();
    assert!(desk.refused(&["site", "site"]).ends_with("audio in it is not a folder; remove it\n"));
    fs::remove_file(desk.path("site/audio")).unwrap();
    fs::remove_file(desk.path("site/app.js")).unwrap();
    symlink("../mine/index.html", desk.path("site/app.js")).unwrap();
    symlink("../mine/index.html", desk.path("site/.undertone-part")).unwrap();
    desk.kept(&["site", "site"]);
    assert!(text(&desk, "app.js").starts_with("\"use strict\""));
    assert_eq!(fs::read_to_string(desk.path("mine/index.html")).unwrap(), "mine");
    desk.write("site/undertone-site.json", "{\"format\": 2}");
    assert!(desk.refused(&["site", "site"]).ends_with("its site has format 2, which this undertone does not know\n"));
    desk.write("site/undertone-site.json", "?");
    assert!(desk.refused(&["site", "site"]).ends_with("undertone-site.json in it cannot be read; name a new folder\n"));
}

#[test]
fn what_is_damaged_or_not_a_drawing_is_left_out() {
    let desk = Desk::new();
    desk.add("One", "Rest.");
    desk.add("Two", "Breathe.");
    let sound = desk.path("L/sessions/one/audio.flac");
    let mut bytes = fs::read(&sound).unwrap();
    bytes[5000] ^= 1;
    fs::write(&sound, bytes).unwrap();
    let covers = [
        "<svg xmlns=\"http://www.w3.org/2000/svg\"><script>1</script></svg>",
        "<svg xmlns=\"http://www.w3.org/2000/svg\" onload=\"1\"></svg>",
        "<svg xmlns=\"http://www.w3.org/2000/svg\"><image xlink:href=\"x\"/></svg>",
        "<svg><style>@import 'x';</style></svg>",
        "<html></html>",
    ];
    for cover in covers {
        fs::write(desk.path("L/sessions/two/cover.svg"), cover).unwrap();
        let output = desk.library(&["site", "site"]);
        assert_eq!(output.status.code(), Some(1));
        assert!(stderr(&output).contains("left out one: audio.flac is not what was written"), "{}", stderr(&output));
        let all = data(&desk);
        assert_eq!(all["sessions"].as_array().unwrap().len(), 1);
        assert_eq!(all["sessions"][0]["cover"], serde_json::Value::Null, "{cover}");
        assert_eq!(names(&desk, "covers").len(), 0, "{cover}");
    }
}

#[test]
fn a_library_without_sessions_has_a_site_too() {
    let desk = Desk::new();
    desk.kept(&["site", "site"]);
    assert_eq!(data(&desk), serde_json::json!({ "keep": true, "sessions": [] }));
}

#[test]
fn processes_that_write_one_site_at_once_take_nothing_of_each_other() {
    let desk = Desk::new();
    for title in ["One", "Two", "Three"] {
        desk.add(title, "Rest. [pause 30s] And rest.");
    }
    for _ in 0..3 {
        let some = [&["one", "two"][..], &["two", "three"], &["three"], &[]];
        let all = some.map(|names| {
            let mut command = desk.command(&[&["library", "--library", "L", "site", "site"], names].concat());
            command.stderr(std::process::Stdio::piped()).spawn().unwrap()
        });
        for one in all {
            let output = one.wait_with_output().unwrap();
            assert!(output.status.success(), "{}", stderr(&output));
        }
        let site = site(&desk);
        for (name, bytes) in &site {
            let name = name.to_str().unwrap();
            if let Some((_, hashed)) = name.split_once('/').and_then(|(_, file)| file.rsplit_once('-')) {
                assert_eq!(hashed.split('.').next().unwrap(), &blake3::hash(bytes).to_hex()[..16], "{name}");
            }
            assert!(!name.starts_with(".undertone"), "{name}");
        }
        // Whichever was the last: what its page names is there.
        for session in data(&desk)["sessions"].as_array().unwrap() {
            for file in ["audio", "captions", "cover"] {
                assert!(site.contains_key(Path::new(session[file].as_str().unwrap())), "{session}");
            }
        }
    }
    // What a stop left is nobody's, and keeps no site from being written.
    fs::create_dir_all(desk.path("fresh/.undertone-work-0123456789abcdef")).unwrap();
    desk.write("fresh/.undertone-work-0123456789abcdef/part", "half");
    desk.write("fresh/.undertone-work-0123456789abcdef.lock", "");
    desk.kept(&["site", "fresh"]);
    assert!(files(&desk.path("fresh")).keys().all(|name| !name.starts_with(".undertone-work-0123456789abcdef")));
    assert!(!desk.path("fresh/.undertone-work-0123456789abcdef.lock").exists());
}

#[test]
fn sessions_with_one_id_have_captions_and_positions_of_their_own() {
    let desk = Desk::new();
    desk.add("Rest", "Let go.");
    desk.add("Other", "Breathe.");
    let id = |name: &str| desk.kept_json(&["show", name])["id"].as_str().unwrap().to_owned();
    // As a person does, who copies a folder, and then changes one of the two.
    fs::create_dir(desk.path("L/sessions/rest-before")).unwrap();
    for entry in fs::read_dir(desk.path("L/sessions/rest")).unwrap().flatten() {
        fs::copy(entry.path(), desk.path("L/sessions/rest-before").join(entry.file_name())).unwrap();
    }
    desk.write("s.md", common::library::script("Rest", "Another text."));
    desk.kept(&["render", "rest", "--script", "s.md"]);
    assert_eq!(id("rest"), id("rest-before"));
    desk.kept(&["site", "site"]);
    let data = data(&desk);
    let shown = |slug: &str| data["sessions"].as_array().unwrap().iter().find(|one| one["slug"] == slug).unwrap();
    for (slug, said) in [("rest", "Another text."), ("rest-before", "Let go."), ("other", "Breathe.")] {
        let captions = text(&desk, shown(slug)["captions"].as_str().unwrap());
        let known_by = format!("Undertone.captions({}, ", shown(slug)["id"]);
        assert!(captions.contains(&known_by) && captions.contains(said), "{slug}: {captions}");
    }
    assert_ne!(shown("rest")["id"], shown("rest-before")["id"]);
    // Where one is alone, what was remembered before still holds.
    assert_eq!(shown("other")["id"], id("other"));
}
