//! Mistakes and limits: each is told once, where it is, and in time.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test says what it expects by unwrapping it")]

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
        let expected =
            format!("{file} lies outside of the script's folder; move it there, or allow its folder with --allow-dir");
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
    assert_eq!(told.iter().map(|d| d.code).collect::<Vec<_>>(), ["too-many-cues"]);
}

#[test]
fn long_files_are_read() {
    assert_eq!(mistakes(&"\n".repeat(1_000_000)), []);
    let line = "rest now and ".repeat((4 << 20) / 13);
    assert_eq!(mistakes(&line), []);
    assert_eq!(mistakes(&"[pause 3s]".repeat(100_000)), []);
}

#[test]
fn of_a_million_mistakes_a_hundred_are_told_and_the_rest_is_counted() {
    let count = |text: &str| {
        let found = mistakes(text);
        (found.len(), found.last().map(|d| d.message.clone()).unwrap_or_default())
    };
    assert_eq!(count(&"[puase 3s]\n".repeat(100)).0, 100);
    assert_eq!(count(&"[puase 3s]\n".repeat(137)), (101, "37 others are not shown".to_owned()));
    for part in ["[puase 3s]\n", "[x]", "{{a b}} ", "[pause soon]\n", "[word](what) ", "# A [x]\n"] {
        let text = part.repeat((4 << 20) / part.len());
        assert_eq!(count(&text), (101, "more than 899 others are not shown".to_owned()), "{part}");
    }
    // A block whose end was not read is no mistake.
    let text = format!("[repeat 2]\n{}[end]\n", "[x]\n".repeat(5000));
    assert!(mistakes(&text).iter().all(|d| d.code != "unclosed-block"));
    let parsed = parse(Path::new("a.md"), &"[bell gnog]\n".repeat(5000));
    assert_eq!(plan(&parsed.script, &Settings::default()).unwrap_err().len(), 101);
    let advice = undertone::script::advise(&parse(Path::new("a.md"), &"[if a = b] x [end]\n".repeat(5000)).script);
    assert_eq!(advice.len(), 101);
}

#[test]
fn numbers_keep_the_form_that_they_are_written_in() {
    let front = parse(
        Path::new("a.md"),
        "---\ntitle: 1.10\nask:\n  room: { say: Which?, one_of: [007, 0x1F, 1e3, +5], default: 007 }\n  year: { say: When?, \
         default: 1_000 }\nlexicon: { 007: double o seven }\ntags: [2026, 1.50]\nseed: 0012\n---\nRest.\n",
    );
    assert_eq!(front.diagnostics, []);
    let front = front.script.front;
    assert_eq!(front.title.as_deref(), Some("1.10"));
    assert_eq!(front.ask[0].default.as_deref(), Some("007"));
    assert_eq!(front.ask[0].one_of, ["007", "0x1F", "1e3", "+5"]);
    assert_eq!(front.ask[1].default.as_deref(), Some("1_000"));
    assert_eq!(front.lexicon[0].word.value, "007");
    assert_eq!(front.tags, ["2026", "1.50"]);
    assert_eq!(front.seed, Some(12));
}
