//! Addresses of pages and mail.

use super::{
    numbers::digit_by_digit,
    tokens::{At, Change, Kind},
};

const ENDINGS: [&str; 24] = [
    "com", "org", "net", "edu", "gov", "io", "info", "app", "dev", "uk", "us", "de", "fr", "nl", "ca", "au", "eu",
    "in", "co", "me", "tv", "no", "se", "health",
];

/// `https://example.org/page`, `www.example.org`, `someone@example.org`, `example.com`.
pub(super) fn address(at: At<'_>) -> Option<Change> {
    if !at.starts_word() || !(at.word(0).is_some() || at.digits(0).is_some()) {
        return None;
    }
    let mut taken = 0;
    while at
        .get(taken)
        .is_some_and(|t| t.kind != Kind::Space && !t.is_one_of(&['"', '<', '>', '(', ')', ',', '’', '”']))
    {
        taken += 1;
    }
    while taken > 0
        && at.get(taken - 1).is_some_and(|t| t.is_one_of(&['.', '?', '!', ':', ';', '\'', '*', '_', '—', ']']))
    {
        taken -= 1;
    }
    if taken < 3 {
        return None;
    }
    let written: String = at.tokens[at.index..at.index + taken].iter().map(|t| t.text.as_str()).collect();
    let bare = written.strip_prefix("https://").or_else(|| written.strip_prefix("http://"));
    let text = bare.unwrap_or(&written);
    let host = text.split(['/', '?', '#']).next().unwrap_or_default();
    let domain = host.rsplit('@').next().unwrap_or_default();
    let labels: Vec<&str> = domain.split('.').collect();
    let plausible = labels.len() > 1
        && labels.iter().all(|l| !l.is_empty() && l.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-'));
    let known = labels.last().is_some_and(|l| ENDINGS.contains(l));
    let mail = host.split_once('@').is_some_and(|(user, _)| !user.is_empty() && !user.contains('@'));
    if bare.is_none() && !(plausible && (mail || labels[0] == "www" || known && written.is_ascii())) {
        return None;
    }
    // "e.g.this" is no page, and "10.in" none either.
    if bare.is_none() && !mail && labels[0].len() < 2 {
        return None;
    }
    let text = text.trim_end_matches('/').strip_prefix("www.").unwrap_or(text.trim_end_matches('/'));
    Some(Change::words(taken, spoken(text)))
}

/// Letters as they are, marks by name, digits one by one; what follows a question mark is left out.
fn spoken(text: &str) -> String {
    let text = text.split(['?', '#']).next().unwrap_or_default();
    let mut words: Vec<String> = Vec::new();
    let mut run = String::new();
    for c in text.chars() {
        let name = match c {
            '.' => "dot",
            '/' => "slash",
            '@' => "at",
            '-' => "dash",
            '_' => "underscore",
            '+' => "plus",
            _ if c.is_ascii_digit() => {
                words.extend((!run.is_empty()).then(|| std::mem::take(&mut run)));
                words.push(digit_by_digit(&c.to_string()));
                continue;
            }
            _ if c.is_alphabetic() => {
                run.push(c);
                continue;
            }
            _ => "",
        };
        words.extend((!run.is_empty()).then(|| std::mem::take(&mut run)));
        words.extend((!name.is_empty()).then(|| name.to_owned()));
    }
    words.extend((!run.is_empty()).then_some(run));
    words.join(" ")
}
