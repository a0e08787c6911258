//! Names and archives that were made to do harm.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test says what it expects by unwrapping it")]

mod common;

use common::{Desk, library::files, stderr};
use flate2::{Compression, write::DeflateEncoder};
use std::{fs, io::Write, path::PathBuf};

/// An entry of an archive, with whatever it claims.
#[derive(Clone)]
struct Item {
    name: Vec<u8>,
    packed: Vec<u8>,
    /// 0 is stored, 8 is deflated.
    method: u16,
    claimed: u64,
    crc: u32,
    mode: u32,
}

fn stored(name: &str, bytes: &[u8]) -> Item {
    let mut crc = flate2::Crc::new();
    crc.update(bytes);
    let (name, packed) = (name.as_bytes().to_vec(), bytes.to_vec());
    Item { name, packed, method: 0, claimed: bytes.len() as u64, crc: crc.sum(), mode: 0o100_644 }
}

fn deflated(name: &str, bytes: &[u8]) -> Item {
    let mut encoder = DeflateEncoder::new(Vec::new(), Compression::best());
    encoder.write_all(bytes).unwrap();
    Item { packed: encoder.finish().unwrap(), method: 8, ..stored(name, bytes) }
}

/// A zip archive, byte by byte (APPNOTE.TXT 4.3.7, 4.3.12 and 4.3.16; sizes in 4.5.3's extra field).
fn zip(items: &[Item]) -> Vec<u8> {
    let (mut out, mut directory) = (Vec::new(), Vec::new());
    for item in items {
        let at = out.len() as u32;
        let mut extra = vec![1, 0, 16, 0];
        extra.extend(item.claimed.to_le_bytes());
        extra.extend((item.packed.len() as u64).to_le_bytes());
        let mut head = Vec::new();
        head.extend(45u16.to_le_bytes());
        head.extend(0x800u16.to_le_bytes());
        head.extend(item.method.to_le_bytes());
        head.extend([0, 0, 0x21, 0]);
        head.extend(item.crc.to_le_bytes());
        head.extend([0xff; 8]);
        head.extend((item.name.len() as u16).to_le_bytes());
        head.extend((extra.len() as u16).to_le_bytes());
        out.extend(b"PK\x03\x04");
        out.extend(&head);
        out.extend(&item.name);
        out.extend(&extra);
        out.extend(&item.packed);
        directory.extend(b"PK\x01\x02");
        directory.extend([45, 3]);
        directory.extend(&head);
        directory.extend([0; 6]);
        directory.extend((item.mode << 16).to_le_bytes());
        directory.extend(at.to_le_bytes());
        directory.extend(&item.name);
        directory.extend(&extra);
    }
    let at = out.len() as u32;
    out.extend(&directory);
    out.extend(b"PK\x05\x06");
    out.extend([0; 4]);
    out.extend((items.len() as u16).to_le_bytes());
    out.extend((items.len() as u16).to_le_bytes());
    out.extend((directory.len() as u32).to_le_bytes());
    out.extend(at.to_le_bytes());
    out.extend([0; 2]);
    out
}

/// A session that is as it should be, as entries of an archive.
fn good(desk: &Desk) -> Vec<Item> {
    desk.add("Good", "Rest.");
    let all = files(&desk.path("L"));
    fs::remove_dir_all(desk.path("L")).unwrap();
    all.iter().map(|(path, bytes)| stored(path.to_str().unwrap(), bytes)).collect()
}

/// What is said of an archive, of which nothing may be written.
fn refused(desk: &Desk, items: &[Item]) -> String {
    desk.write("bad.zip", zip(items));
    let others = || desk.names().into_iter().filter(|name| name != "L").collect::<Vec<_>>();
    let before = others();
    let told = desk.refused(&["import", "bad.zip"]);
    assert_eq!(others(), before);
    for name in ["L/sessions", "L/.work", "L/playlists"] {
        assert_eq!(fs::read_dir(desk.path(name)).map_or(0, Iterator::count), 0, "{name}: {told}");
    }
    let told = told.strip_prefix("error: bad.zip was not imported: ").unwrap_or_else(|| panic!("{told}")).trim_end();
    told.to_owned()
}

#[test]
fn the_same_archive_without_harm_is_imported() {
    let desk = Desk::new();
    let items = good(&desk);
    desk.write("good.zip", zip(&items));
    desk.kept(&["import", "good.zip"]);
    assert_eq!(files(&desk.path("L")).len(), items.len());
    desk.kept(&["check"]);
    // As a person's own program packs a folder: with the folder's name, and deflated.
    let inner: Vec<Item> = items
        .iter()
        .map(|item| deflated(&format!("my library/{}", String::from_utf8_lossy(&item.name)), &item.packed))
        .chain([stored("my library/.DS_Store", b"x"), stored("my library/sessions/read me.txt", b"x")])
        .collect();
    desk.write("inner.zip", zip(&inner));
    let output = desk.run(&["library", "--library", "M", "import", "inner.zip"]);
    assert!(output.status.success(), "{}", stderr(&output));
    assert_eq!(files(&desk.path("M")), files(&desk.path("L")));
}

#[test]
fn names_that_lead_elsewhere_are_refused() {
    let desk = Desk::new();
    let items = good(&desk);
    let with = |name: &str| [&items[..], &[stored(name, b"harm")]].concat();
    for (name, reason) in [
        ("../harm", "it names \"../harm\", which leads out of it"),
        ("sessions/good/../../../harm", "it names \"sessions/good/../../../harm\", which leads out of it"),
        ("/tmp/harm", "it names \"/tmp/harm\", which is an absolute path"),
        ("C:/harm", "it names \"C:/harm\", which is an absolute path"),
        ("sessions\\..\\harm", "it names \"sessions\\..\\harm\", which has a backslash in it"),
        ("sessions/\u{1b}[2Jharm", "it names \"sessions/\u{fffd}[2Jharm\", which has control characters in it"),
        ("sessions/good/./script.md", "it names \"sessions/good/./script.md\", which is no plain path"),
        ("sessions/good/Script.md", "it has two entries that some file systems take for one: sessions/good/script.md"),
        (
            "sessions/Good/session.toml",
            "it has two entries that some file systems take for one: sessions/good/session.toml",
        ),
    ] {
        let told = refused(&desk, &with(name));
        let other = reason
            .replace("good/script.md", "good/Script.md")
            .replace("sessions/good/session", "sessions/Good/session");
        assert!(told == reason || told == other, "{told}");
    }
    let long = format!("sessions/{}/session.toml", "x".repeat(256));
    assert!(refused(&desk, &with(&long)).ends_with("which has a part longer than 255 bytes"));
    // 255 bytes can be a name; the session gets another one here.
    let longest = "x".repeat(255);
    let renamed: Vec<Item> = items
        .iter()
        .map(|item| {
            let name = String::from_utf8_lossy(&item.name).replace("sessions/good", &format!("sessions/{longest}"));
            Item { name: name.into_bytes(), ..item.clone() }
        })
        .collect();
    desk.write("long.zip", zip(&renamed));
    desk.kept(&["import", "long.zip"]);
    assert_eq!(desk.listed(&[]), ["good"]);
}

#[test]
fn links_devices_and_encrypted_entries_are_refused() {
    let desk = Desk::new();
    let items = good(&desk);
    for (mode, reason) in [(0o120_777, "is a link"), (0o020_666, "is no plain file"), (0o010_644, "is no plain file")] {
        let link = Item { mode, ..stored("sessions/good/notes", b"/etc/passwd") };
        assert_eq!(refused(&desk, &[&items[..], &[link]].concat()), format!("sessions/good/notes in it {reason}"));
    }
}

#[test]
fn sizes_are_counted_and_not_believed() {
    let desk = Desk::new();
    let items = good(&desk);
    let with = |change: &dyn Fn(&Item) -> Item| -> Vec<Item> {
        let script = |item: &&Item| item.name.ends_with(b"script.md");
        items.iter().map(|item| if script(&item) { change(item) } else { item.clone() }).collect()
    };
    let told = refused(&desk, &with(&|item| Item { claimed: 1 << 40, ..item.clone() }));
    assert_eq!(told, "sessions/good/script.md in it claims to be larger than 4 GiB");
    let many: Vec<Item> = (0..20)
        .map(|n| Item { claimed: (4 << 30) - 1, ..stored(&format!("sessions/a{n}/script.md"), b"x") })
        .chain(items.clone())
        .collect();
    assert_eq!(refused(&desk, &many), "it claims to hold more than 64 GiB");
    // What claims less than it is.
    let text = vec![b'a'; 1 << 20];
    let told = refused(&desk, &with(&|_| Item { claimed: 100, ..deflated("sessions/good/script.md", &text) }));
    assert!(told.contains("larger than it claims") || told.contains("cannot read"), "{told}");
    // A bomb that is honest about its size.
    let zeros = vec![0; 64 << 20];
    let told = refused(&desk, &with(&|_| deflated("sessions/good/script.md", &zeros)));
    assert_eq!(
        told,
        "sessions/good/script.md in it is more than 200 times as large as it is packed, as no session's file is"
    );
}

#[test]
fn a_session_that_is_not_what_its_hashes_say_is_refused() {
    let desk = Desk::new();
    let items = good(&desk);
    for (number, item) in items.iter().enumerate().filter(|(_, item)| item.name.starts_with(b"sessions")) {
        let mut items = items.clone();
        let mut bytes = item.packed.clone();
        bytes[item.packed.len() / 2] ^= 0xff;
        items[number] = stored(std::str::from_utf8(&item.name).unwrap(), &bytes);
        assert!(refused(&desk, &items).starts_with("the session good in it is damaged: "));
        items.remove(number);
        let told = refused(&desk, &items);
        let missing = format!("{} is missing in it", String::from_utf8_lossy(&item.name));
        assert!(told == missing || told == "there is no session in it", "{told}");
    }
    // A description that names files elsewhere.
    let own = items.iter().position(|item| item.name.ends_with(b"session.toml")).unwrap();
    let text = String::from_utf8(items[own].packed.clone()).unwrap();
    let mut items = items.clone();
    items[own] = stored("sessions/good/session.toml", text.replace("\"cover.svg\"", "\"../../../harm\"").as_bytes());
    let told = refused(&desk, &items);
    assert_eq!(
        told,
        "the session good in it is damaged: session.toml names the file \"../../../harm\", which no session has"
    );
    let newer = [&items[..own], &[stored("undertone.toml", b"format = 9")]].concat();
    let newer: Vec<Item> =
        newer.into_iter().filter(|item| item.name != b"undertone.toml" || item.packed == b"format = 9").collect();
    assert!(refused(&desk, &[&newer[..], &[items[own].clone()]].concat()).starts_with("it has format 9"));
}

#[test]
fn what_is_no_archive_is_refused() {
    let desk = Desk::new();
    let whole = zip(&good(&desk));
    for bytes in [b"".to_vec(), b"PK\x03\x04".to_vec(), whole[..whole.len() - 30].to_vec(), vec![0xff; 1000]] {
        desk.write("bad.zip", bytes);
        assert!(desk.refused(&["import", "bad.zip"]).contains("it is no zip archive"));
    }
    // Whatever bytes are wrong, nothing ends but with a sentence or a whole session.
    for at in (whole.len() - 700..whole.len()).step_by(7) {
        let mut bytes = whole.clone();
        bytes[at] ^= 0x15;
        desk.write("bad.zip", bytes);
        let output = desk.library(&["import", "bad.zip"]);
        assert!(matches!(output.status.code(), Some(0 | 1)), "byte {at}: {}", stderr(&output));
        if output.status.success() {
            desk.kept(&["check"]);
        }
    }
}

#[test]
fn links_in_a_folder_are_refused() {
    let desk = Desk::new();
    desk.add("Good", "Rest.");
    desk.kept(&["export", "out"]);
    let script = desk.path("out/sessions/good/script.md");
    let text = fs::read(&script).unwrap();
    desk.write("secret.md", &text);
    fs::remove_file(&script).unwrap();
    std::os::unix::fs::symlink(desk.path("secret.md"), &script).unwrap();
    let import = |from: &str| stderr(&desk.run(&["library", "--library", "M", "import", from]));
    assert!(import("out").contains("sessions/good/script.md in it is a link or no plain file"));
    std::os::unix::fs::symlink(desk.path("L/sessions/good"), desk.path("out/sessions/other")).unwrap();
    fs::remove_dir_all(desk.path("out/sessions/good")).unwrap();
    assert!(import("out").contains("sessions/other in it is a link or no folder"));
}

#[test]
fn titles_that_were_made_to_do_harm_become_plain_names() {
    let desk = Desk::new();
    let titles = ["../../harm", "/etc/harm", "..", "CON", "a\u{7}\u{1b}[31mb", "Case", "cASE", "\u{202e}txt", "夜の海"];
    let mut slugs: Vec<String> = titles.iter().map(|title| desk.add(title, "Rest.")).collect();
    slugs.push(desk.add(&"long ".repeat(60), "Rest."));
    assert_eq!(
        slugs[..9],
        ["harm", "etc-harm", "session", "session-con", "a-31mb", "case", "case-2", "txt", "session-2"]
    );
    assert_eq!(slugs[9].len(), 79);
    for args in [&["list"][..], &["show", "a-31mb"], &["search", "rest"]] {
        let output = desk.library(args);
        let told = [output.stdout, output.stderr].concat();
        assert!(!told.iter().any(|b| (*b < b' ' && *b != b'\n') || *b == 0x7f), "{args:?}");
        assert!(!String::from_utf8(told).unwrap().contains('\u{202e}'));
    }
    let mut there: Vec<PathBuf> =
        fs::read_dir(desk.path("L/sessions")).unwrap().map(|e| e.unwrap().file_name().into()).collect();
    let mut wanted: Vec<PathBuf> = slugs.iter().map(PathBuf::from).collect();
    there.sort();
    wanted.sort();
    assert_eq!(there, wanted);
    for name in ["..", "../L/sessions/harm", "/", "", "\u{1b}[2J"] {
        let told = desk.refused(&["remove", name]);
        assert!(!told.contains('\u{1b}'), "{told}");
    }
    desk.kept(&["check"]);
}
