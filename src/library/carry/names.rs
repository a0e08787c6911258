//! Names in archives, of which none is believed to be harmless.

use unicode_normalization::UnicodeNormalization;

/// The longest name of a file that file systems take, in bytes.
const LONGEST: usize = 255;

/// The longest path in bytes.
const LONGEST_PATH: usize = 4096;

/// The parts of a path, or why it cannot be one in a library.
pub(super) fn parts(path: &str) -> Result<Vec<&str>, String> {
    let refused = |reason: &str| Err(format!("it names \"{}\", which {reason}", super::super::shown(&short(path))));
    if path.is_empty() {
        return Err("it has an entry without a name".to_owned());
    }
    if path.chars().any(char::is_control) {
        return refused("has control characters in it");
    }
    if path.starts_with('/') || path.get(1..2) == Some(":") {
        return refused("is an absolute path");
    }
    if path.contains('\\') {
        return refused("has a backslash in it");
    }
    if path.len() > LONGEST_PATH {
        return refused("is longer than 4096 bytes");
    }
    let parts: Vec<&str> = path.strip_suffix('/').unwrap_or(path).split('/').collect();
    for part in &parts {
        match *part {
            ".." => return refused("leads out of it"),
            "" | "." => return refused("is no plain path"),
            part if part.len() > LONGEST => return refused("has a part longer than 255 bytes"),
            _ => {}
        }
    }
    Ok(parts)
}

fn short(path: &str) -> String {
    let short: String = path.chars().take(80).collect();
    if short.len() < path.len() { short + "…" } else { short }
}

/// Two names that some file system takes for one have one key.
pub(super) fn key(path: &str) -> String {
    path.trim_end_matches('/').nfkc().flat_map(char::to_lowercase).nfc().collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_that_is_not_plain_is_refused() {
        let refused = |path: &str| parts(path).unwrap_err();
        assert_eq!(refused("../x"), "it names \"../x\", which leads out of it");
        assert_eq!(refused("sessions/a/../../x"), "it names \"sessions/a/../../x\", which leads out of it");
        assert_eq!(refused("/etc/passwd"), "it names \"/etc/passwd\", which is an absolute path");
        assert_eq!(refused("C:/x"), "it names \"C:/x\", which is an absolute path");
        assert_eq!(refused("a\\..\\x"), "it names \"a\\..\\x\", which has a backslash in it");
        assert_eq!(refused("a\u{1b}[2J"), "it names \"a\u{fffd}[2J\", which has control characters in it");
        assert_eq!(refused("a//b"), "it names \"a//b\", which is no plain path");
        assert_eq!(refused("./b"), "it names \"./b\", which is no plain path");
        assert_eq!(refused(""), "it has an entry without a name");
        assert!(refused(&"x".repeat(256)).ends_with("which has a part longer than 255 bytes"));
        assert_eq!(parts(&"x".repeat(255)).unwrap().len(), 1);
        assert_eq!(parts("sessions/a/").unwrap(), ["sessions", "a"]);
    }

    #[test]
    fn names_that_some_file_system_takes_for_one_have_one_key() {
        assert_eq!(key("Sessions/A"), key("sessions/a/"));
        assert_eq!(key("e\u{301}"), key("É"));
        assert_ne!(key("a"), key("b"));
    }
}
