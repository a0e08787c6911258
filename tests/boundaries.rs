//! The modules stand in the order of the pipeline, and each names only those before it.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test says what it expects by unwrapping it")]

use std::{
    fs,
    path::{Path, PathBuf},
};

/// Modules that `lib.rs` declares, in order.
fn order(source: &str) -> Vec<String> {
    source.lines().filter_map(|line| line.strip_prefix("pub mod ")?.strip_suffix(';').map(str::to_owned)).collect()
}

/// Every `crate::NAME` in a file, and every name in a `use crate::{...}` group at its first level, with its line.
fn named(source: &str) -> Vec<(usize, String)> {
    let mut found = Vec::new();
    for (at, _) in source.match_indices("crate::") {
        let line = source[..at].matches('\n').count() + 1;
        let start = source[..at].rfind('\n').map_or(0, |i| i + 1);
        if source[start..at].trim_start().starts_with("//") {
            continue;
        }
        let rest = &source[at + "crate::".len()..];
        let Some(group) = rest.strip_prefix('{') else {
            found.push((line, rest.chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect()));
            continue;
        };
        let (mut depth, mut name, mut lines) = (1, String::new(), 0);
        for c in group.chars() {
            match c {
                '{' => depth += 1,
                '}' => depth -= 1,
                '\n' => lines += 1,
                _ => {}
            }
            if depth == 1 && (c.is_alphanumeric() || c == '_') {
                name.push(c);
            } else if depth <= 1 && !name.is_empty() && matches!(c, ':' | ',' | '}') {
                found.push((line + lines, std::mem::take(&mut name)));
            } else if depth == 1 && matches!(c, ',') {
                name.clear();
            }
            // What follows `name::` belongs to that module.
            if depth == 1 && c == ':' {
                name.clear();
            }
            if depth == 0 {
                break;
            }
        }
    }
    found
}

/// Places where a module names one that stands later.
fn violations(lib: &str, files: &[(PathBuf, String)]) -> Vec<String> {
    let order = order(lib);
    let place = |name: &str| order.iter().position(|module| module == name);
    let mut found = Vec::new();
    for (path, source) in files {
        let mut parts = path.components();
        let first = parts.next().map(|part| part.as_os_str().to_string_lossy().into_owned()).unwrap_or_default();
        let module = first.trim_end_matches(".rs").to_owned();
        let Some(own) = place(&module) else { continue };
        // What `error` gathers comes from every stage; only `session` uses it.
        if module == "error" {
            continue;
        }
        for (line, name) in named(source) {
            if place(&name).is_some_and(|other| other > own) && name != "error" {
                found.push(format!("{}:{line} names {name}, which stands after {module}", path.display()));
            }
        }
    }
    found
}

fn sources(folder: &Path, root: &Path, into: &mut Vec<(PathBuf, String)>) {
    for entry in fs::read_dir(folder).unwrap().flatten() {
        let path = entry.path();
        if path.is_dir() {
            sources(&path, root, into);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            let text = fs::read_to_string(&path).unwrap();
            into.push((path.strip_prefix(root).unwrap().to_owned(), text));
        }
    }
}

#[test]
fn no_module_names_one_that_stands_later() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut files = Vec::new();
    sources(&root, &root, &mut files);
    assert!(files.len() > 40, "the sources were found");
    let lib = fs::read_to_string(root.join("lib.rs")).unwrap();
    assert_eq!(violations(&lib, &files), Vec::<String>::new());
}

#[test]
fn a_planted_import_is_found() {
    let lib = "pub mod audio;\npub mod plan;\npub mod mix;\n";
    let file = |text: &str| vec![(PathBuf::from("plan/fit.rs"), text.to_owned())];
    assert_eq!(
        violations(lib, &file("use crate::audio::Frames;\nuse crate::{audio, plan::{Cue, Plan}};")),
        Vec::<String>::new()
    );
    assert_eq!(
        violations(lib, &file("use crate::audio::Frames;\nuse crate::mix::Mix;")),
        ["plan/fit.rs:2 names mix, which stands after plan"]
    );
    assert_eq!(
        violations(lib, &file("use crate::{\n    audio::{Frames, mixed},\n    mix::Mix,\n};")),
        ["plan/fit.rs:3 names mix, which stands after plan"]
    );
    assert_eq!(
        violations(lib, &file("fn f() { crate::mix::g() }\n// crate::mix is named in a comment")),
        ["plan/fit.rs:1 names mix, which stands after plan"]
    );
}
