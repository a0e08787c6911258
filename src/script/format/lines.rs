//! The canonical form of a script, line by line.

use super::spelling;
use crate::script::{FileId, Span, direction};

/// Formats a script; with `spellings`, directions too.
pub(super) fn format(text: &str, spellings: bool) -> String {
    // What an editor left behind is not read either.
    let text = text.replace('\u{feff}', "");
    let mut out: Vec<String> = Vec::new();
    let mut rest = text.split('\n').map(str::trim_end).peekable();
    if rest.peek() == Some(&"---") {
        let mut open = false;
        for line in rest.by_ref() {
            let closes = open && matches!(line, "---" | "...");
            open = true;
            out.push(if closes { "---" } else { line }.to_owned());
            if closes {
                break;
            }
        }
    }
    let body = out.len();
    let mut comment = false;
    for line in rest {
        let commented = comment || line.contains("<!--");
        let inside = comment;
        follow(line, &mut comment);
        if commented {
            out.push(if inside { line.to_owned() } else { line.trim().to_owned() });
            continue;
        }
        let line = line.trim();
        if line.is_empty() {
            if out.len() > body && out.last().is_some_and(|last| !last.is_empty()) {
                out.push(String::new());
            }
            continue;
        }
        let level = line.chars().take_while(|c| *c == '#').count();
        let heading = (1..=3).contains(&level) && line[level..].starts_with(char::is_whitespace);
        let after_heading = out.len() > body && out.last().is_some_and(|last| is_heading(last));
        if heading {
            // Notes right above a heading belong to it.
            let mut at = out.len();
            while at > body && out[at - 1].starts_with("//") {
                at -= 1;
            }
            if at > body && !out[at - 1].is_empty() {
                out.insert(at, String::new());
            }
            out.push(format!("{} {}", "#".repeat(level), line[level..].trim()));
            continue;
        }
        if after_heading {
            out.push(String::new());
        }
        if line.starts_with("//") {
            out.push(line.to_owned());
        } else if line == "…" {
            out.push("...".to_owned());
        } else {
            out.push(if spellings { directions(line) } else { line.to_owned() });
        }
    }
    while out.len() > body && out.last().is_some_and(String::is_empty) {
        out.pop();
    }
    let mut text = out.join("\n");
    text.push('\n');
    text
}

fn is_heading(line: &str) -> bool {
    let level = line.chars().take_while(|c| *c == '#').count();
    (1..=3).contains(&level) && line[level..].starts_with(' ')
}

/// Whether a comment is open behind a line.
fn follow(line: &str, comment: &mut bool) {
    let mut rest = line;
    while let Some(at) = rest.find(if *comment { "-->" } else { "<!--" }) {
        rest = &rest[at + if *comment { 3 } else { 4 }..];
        *comment = !*comment;
    }
}

/// A line with its directions in their canonical spelling.
fn directions(line: &str) -> String {
    let glyphs: Vec<(usize, char)> = line.char_indices().collect();
    let mut out = String::with_capacity(line.len());
    let mut copied = 0;
    let mut i = 0;
    while i < glyphs.len() {
        match glyphs[i].1 {
            '\\' => i += 2,
            '{' if glyphs.get(i + 1).is_some_and(|(_, c)| *c == '{') => {
                let close = (i + 2..glyphs.len()).find(|i| glyphs[*i].1 == '}');
                i = close.unwrap_or(glyphs.len());
            }
            '[' => {
                let Some(close) = closing(&glyphs, i) else {
                    i += 1;
                    continue;
                };
                let (start, end) = (glyphs[i].0, glyphs[close].0);
                let span = Span { file: FileId(0), start, end: end + 1 };
                let link = glyphs.get(close + 1).is_some_and(|(_, c)| *c == '(');
                if !link && let Ok(read) = direction::read(&glyphs[i + 1..close], span) {
                    out.push_str(&line[copied..start]);
                    out.push_str(&spelling::tidied(&line[start + 1..end], &read));
                    copied = end + 1;
                }
                i = close + 1;
            }
            _ => i += 1,
        }
    }
    out.push_str(&line[copied..]);
    out
}

/// The bracket that closes the one at `open`, in the same line.
fn closing(glyphs: &[(usize, char)], open: usize) -> Option<usize> {
    let mut quoted = false;
    for (i, (_, c)) in glyphs.iter().enumerate().skip(open + 1) {
        match c {
            '"' | '“' | '”' => quoted = !quoted,
            ']' if !quoted => return Some(i),
            '[' if !quoted => return None,
            _ => {}
        }
    }
    None
}
