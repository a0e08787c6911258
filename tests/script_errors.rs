//! Mistakes and limits: each is told once, where it is, and in time.

use std::{fs, path::Path};
use undertone::{
    plan::{Settings, plan},
    script::{
        Access,
        diagnostic::{Diagnostic, position},
        load, parse,
    },
};

fn mistakes(text: &str) -> Vec<Diagnostic> {
    parse(Path::new("a.md"), text).diagnostics
}

/// Each row of the table of directions: an example that is read, and one that is not, with what is told of it.
const DIRECTIONS: [(&str, &str, &str); 20] = [
    ("[pause 3s]", "[pause soon]", "\"soon\" is not a duration"),
    ("[pause 6s~]", "[pause]", "[pause] needs a duration"),
    ("[silence 60s]", "[silence 60s~]", "a silence is exact"),
    ("[breathe in 4, hold 4, out 6, hold 2, x5]", "[breathe up 4]", "\"up\" is no part of a breath"),
    ("[breathe box x4]", "[breathe box x0]", "a breath is repeated 1 to 10,000 times"),
    ("[count 5 to 1 every 4s]", "[count five to 1 every 4s]", "\"five\" is not a number up to a million"),
    ("[count 1 to 3 every 4s | \"{{n}}. Rest.\"]", "[count 1 to 3 every 4s | Rest]", "the text of a count stands in quotation marks"),
    ("[voice default]", "[voice]", "[voice] needs a name"),
    ("[pace 0.75]", "[pace 3]", "3 is out of range"),
    ("[volume -6dB]", "[volume loud]", "\"loud\" is not a level"),
    ("[pan -0.5]", "[pan 2]", "2 is out of range"),
    ("[bed rain -24dB over 10s]", "[bed]", "[bed] needs a name"),
    ("[bell bowl x3 every 5s -6dB]", "[bell bowl gong]", "\"gong\" says nothing about a bell"),
    ("[sound a.wav -3dB wait]", "[sound]", "[sound] needs a file"),
    ("[tone binaural 200Hz 10Hz to 4Hz over 5m]", "[tone blue 200Hz 10Hz]", "there is no tone called \"blue\""),
    ("[mark here]", "[mark]", "a mark has a name"),
    ("[at 12:30]", "[at 2 breaths]", "[at] takes a time from the start"),
    ("[repeat 3] a [end]", "[repeat often] a [end]", "[repeat] needs a number"),
    ("[if a = b] x [else if c] y [else] z [end]", "[if = b] x [end]", "[if] needs a condition"),
    ("[include a.md with b = \"c\"]", "[include]", "[include] needs a file"),
];

#[test]
fn every_direction_has_an_example_that_is_read_and_one_that_is_told_apart() {
    for (good, bad, message) in DIRECTIONS {
        assert_eq!(mistakes(good), [], "{good}");
        let told: Vec<String> = mistakes(bad).into_iter().map(|d| d.message).collect();
        assert_eq!(told, [message], "{bad}");
    }
}

#[test]
fn ten_different_mistakes_are_ten_diagnostics_each_at_its_place() {
    let text = "[puase 3s]\n[pause soon]\n[pace 9]\nRest {{a b}} now.\n\n[bed]\n[count 1]\n[word](what)\n[end]\n~~~~\n[repeat 2]\n";
    let found = mistakes(text);
    let places: Vec<(usize, usize)> = found
        .iter()
        .map(|diagnostic| position(text, diagnostic.span.start))
        .map(|place| (place.line, place.column))
        .collect();
    assert_eq!(places, [(1, 2), (2, 8), (3, 7), (4, 6), (6, 1), (7, 1), (8, 7), (9, 1), (10, 1), (11, 1)], "{found:?}");
}

#[test]
fn includes_stand_up_to_sixteen_deep() {
    let folder = tempfile::tempdir().unwrap();
    for i in 0..17 {
        let text = format!("Part {i}. [include {}.md]\n", i + 1);
        fs::write(folder.path().join(format!("{i}.md")), text).unwrap();
    }
    fs::write(folder.path().join("17.md"), "The last.\n").unwrap();
    let codes = |name: &str| -> Vec<&'static str> {
        load(&folder.path().join(name), &Access::default()).unwrap().diagnostics.iter().map(|d| d.code).collect()
    };
    assert_eq!(codes("1.md"), Vec::<&str>::new());
    assert_eq!(codes("0.md"), ["include-depth"]);
}

#[cfg(unix)]
#[test]
fn an_include_outside_of_the_folder_is_refused_also_through_a_link() {
    let folder = tempfile::tempdir().unwrap();
    let home = folder.path().join("home");
    fs::create_dir(&home).unwrap();
    fs::write(folder.path().join("secret.md"), "Secret.\n").unwrap();
    std::os::unix::fs::symlink(folder.path().join("secret.md"), home.join("link.md")).unwrap();
    for file in ["../secret.md", "link.md"] {
        fs::write(home.join("a.md"), format!("Rest. [include {file}]\n")).unwrap();
        let found = load(&home.join("a.md"), &Access::default()).unwrap().diagnostics;
        let expected = format!(
            "{file} lies outside of the script's folder; move it there, or allow its folder with --allow-dir"
        );
        assert_eq!(found.iter().map(|d| d.message.as_str()).collect::<Vec<_>>(), [expected.as_str()]);
    }
    let access = Access { allowed: vec![folder.path().to_owned()] };
    assert_eq!(load(&home.join("a.md"), &access).unwrap().diagnostics, []);
}

#[test]
fn repeats_are_limited_alone_and_in_each_other() {
    assert_eq!(mistakes("[repeat 1000000000] a [end]").len(), 1);
    let nested = "[repeat 10000]\n[repeat 10000]\n[repeat 10000]\nRest now.\n\n[end]\n[end]\n[end]\n";
    let parsed = parse(Path::new("a.md"), nested);
    assert_eq!(parsed.diagnostics, []);
    let told = plan(&parsed.script, &Settings::default()).unwrap_err();
    assert_eq!(told[0].code, "too-many-cues");
    assert!(told.len() < 5, "{told:?}");
}

#[test]
fn long_files_are_read() {
    assert_eq!(mistakes(&"\n".repeat(1_000_000)), []);
    let line = "rest now and ".repeat((4 << 20) / 13);
    assert_eq!(mistakes(&line), []);
    assert_eq!(mistakes(&"[pause 3s]".repeat(100_000)), []);
}
