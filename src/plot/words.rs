//! Text in a picture: how wide it is, and how it is made to fit.

/// How wide a text is at a size in pixels, a little more rather than less: fonts of other machines differ.
pub(super) fn width(text: &str, size: f64) -> f64 {
    text.chars().map(em).sum::<f64>() * size * 1.04
}

/// The width of a letter in parts of the font's size, after Inter.
fn em(letter: char) -> f64 {
    match letter {
        'i' | 'j' | 'l' | 'I' | '\'' | '|' => 0.25,
        ' ' | '.' | ',' | ':' | ';' | '!' | '·' => 0.29,
        'f' | 'r' | 't' | '(' | ')' | '[' | ']' | '/' | '"' | '-' => 0.38,
        'm' | 'w' | 'M' | 'W' | '@' | '%' | '…' | '—' => 0.9,
        'C' | 'D' | 'G' | 'H' | 'N' | 'O' | 'Q' | 'U' => 0.75,
        '0'..='9' | 'a'..='z' => 0.61,
        'A'..='Z' => 0.66,
        letter if (letter as u32) < 0x2e80 => 0.68,
        // Signs of the East, and pictures, are as wide as they are high.
        _ => 1.05,
    }
}

/// A text cut to a width, with an ellipsis where it was cut; nothing when not even three letters fit.
pub(super) fn fit(text: &str, size: f64, room: f64) -> Option<String> {
    let text = text.trim();
    if width(text, size) <= room {
        return Some(text.to_owned());
    }
    let mut room = room - width("…", size);
    let kept = text.chars().take_while(|letter| {
        room -= width(letter.encode_utf8(&mut [0; 4]), size);
        room >= 0.0
    });
    let kept: String = kept.collect();
    (kept.chars().count() >= 3).then(|| format!("{}…", kept.trim_end()))
}

/// A text as it stands in XML. What XML 1.0 cannot hold is left out.
pub(super) fn escape(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for letter in text.chars() {
        match letter {
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '&' => out.push_str("&amp;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            letter if letter.is_whitespace() => out.push(' '),
            letter if letter.is_control() || matches!(letter, '\u{fffe}' | '\u{ffff}') => {}
            letter => out.push(letter),
        }
    }
    out
}
