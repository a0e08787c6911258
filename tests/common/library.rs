//! A library as a person has one.

use super::{Desk, stderr};
use serde_json::Value;
use std::{
    collections::BTreeMap,
    fs,
    path::{Path, PathBuf},
    process::Output,
};

/// A script of a second that is said in tones.
pub fn script(title: &str, text: &str) -> String {
    let title = serde_json::to_string(title).unwrap();
    format!(
        "---\ntitle: {title}\nvoice: tone\ntags: [sea]\nmix: {{ fade_in: 0s, fade_out: 0s }}\n---\n# Arriving\n{text}\n"
    )
}

impl Desk {
    /// The program with the library `L`.
    pub fn library(&self, args: &[&str]) -> Output {
        self.run(&[&["library", "--library", "L"], args].concat())
    }

    /// The same, which succeeds; the result is what it printed.
    pub fn kept(&self, args: &[&str]) -> String {
        self.good(&[&["library", "--library", "L"], args].concat())
    }

    /// The same with `--json`.
    pub fn kept_json(&self, args: &[&str]) -> Value {
        self.json(&[&["library", "--library", "L"], args].concat())
    }

    /// Adds a session to the library and gives its name.
    pub fn add(&self, title: &str, text: &str) -> String {
        self.write("s.md", script(title, text));
        self.kept_json(&["add", "s.md"])["slug"].as_str().unwrap().to_owned()
    }

    /// What the program says when it refuses.
    pub fn refused(&self, args: &[&str]) -> String {
        let output = self.library(args);
        assert_eq!(output.status.code(), Some(1), "{args:?}: {}", stderr(&output));
        stderr(&output)
    }

    /// Names of sessions, as they are listed.
    pub fn listed(&self, args: &[&str]) -> Vec<String> {
        names(&self.kept_json(&[&["list"], args].concat())["sessions"])
    }
}

/// Names of sessions in a result.
pub fn names(sessions: &Value) -> Vec<String> {
    sessions.as_array().unwrap().iter().map(|session| session["slug"].as_str().unwrap().to_owned()).collect()
}

/// Every file in a folder with its bytes, but for what can be derived and what is for work.
pub fn files(folder: &Path) -> BTreeMap<PathBuf, Vec<u8>> {
    fn walk(folder: &Path, root: &Path, into: &mut BTreeMap<PathBuf, Vec<u8>>) {
        for entry in fs::read_dir(folder).unwrap().flatten() {
            let path = entry.path();
            let name = entry.file_name();
            if name == ".derived" || name == ".work" || name == "lock" {
                continue;
            }
            if path.is_dir() {
                walk(&path, root, into);
            } else {
                into.insert(path.strip_prefix(root).unwrap().to_owned(), fs::read(&path).unwrap());
            }
        }
    }
    let mut all = BTreeMap::new();
    walk(folder, folder, &mut all);
    all
}
