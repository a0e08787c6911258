//! Names of folders that every file system takes.

use super::words::fold;

/// The longest slug in bytes.
pub(super) const LONGEST: usize = 80;

/// Names that Windows keeps for devices.
const RESERVED: [&str; 4] = ["con", "prn", "aux", "nul"];

/// A title as the name of a folder: lower-case letters of ASCII, digits and dashes, 1 to 80 bytes.
#[must_use]
pub fn slug(title: &str) -> String {
    let mut slug = String::new();
    for c in fold(title).chars() {
        let c = if c.is_ascii_alphanumeric() { c } else { '-' };
        if slug.len() < LONGEST && !(c == '-' && (slug.is_empty() || slug.ends_with('-'))) {
            slug.push(c);
        }
    }
    let slug = slug.trim_end_matches('-');
    let port =
        |name: &str| slug.strip_prefix(name).is_some_and(|n| n.len() == 1 && n.bytes().all(|b| b.is_ascii_digit()));
    if slug.is_empty() || RESERVED.contains(&slug) || port("com") || port("lpt") {
        return format!("session-{slug}").trim_end_matches('-').to_owned();
    }
    slug.to_owned()
}

/// The first of `slug`, `slug-2`, `slug-3` ... that is not taken.
pub(super) fn free(slug: &str, taken: impl Fn(&str) -> bool) -> String {
    if !taken(slug) {
        return slug.to_owned();
    }
    let numbered = |n: u64| {
        let end = format!("-{n}");
        // A name that a person gave may have other letters.
        let room = slug.floor_char_boundary(LONGEST - end.len());
        format!("{}{end}", slug[..room].trim_end_matches('-'))
    };
    (2..u64::MAX).map(numbered).find(|name| !taken(name)).unwrap_or_default()
}

/// Whether a folder's name is one that this program gives.
pub(super) fn is_slug(name: &str) -> bool {
    let known = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-';
    !name.is_empty() && name.len() <= LONGEST && name.bytes().all(known) && slug(name) == name
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_title_becomes_a_name_that_every_file_system_takes() {
        for (title, name) in [
            ("Body Scan", "body-scan"),
            ("  Éire — über Straße, Ørsted! ", "eire-uber-strasse-orsted"),
            ("..", "session"),
            ("../../etc/passwd", "etc-passwd"),
            ("", "session"),
            ("夜", "session"),
            ("\u{1b}[31mred\0", "31mred"),
            ("CON", "session-con"),
            ("com1", "session-com1"),
            ("com10", "com10"),
            ("ＦＵＬＬ", "full"),
        ] {
            assert_eq!(slug(title), name, "{title:?}");
            assert!(is_slug(name), "{name}");
        }
        assert_eq!(slug(&"ab ".repeat(100)).len(), 80);
        assert_eq!(slug(&"a".repeat(300)).len(), 80);
    }

    #[test]
    fn a_name_that_is_taken_gets_a_number_and_stays_short() {
        let taken = ["a", "a-2"];
        assert_eq!(free("a", |name| taken.contains(&name)), "a-3");
        assert_eq!(free("b", |name| taken.contains(&name)), "b");
        let long = "x".repeat(80);
        assert_eq!(free(&long, |name| name == long), format!("{}-2", "x".repeat(78)));
        let other = format!("a{}", "夜".repeat(30));
        assert_eq!(free(&other, |name| name == other), format!("a{}-2", "夜".repeat(25)));
    }

    #[test]
    fn other_names_are_not_ours() {
        for name in ["", ".", "..", "A", "a/b", "a b", "-a", "a-", "con", "é"] {
            assert!(!is_slug(name), "{name:?}");
        }
    }
}
