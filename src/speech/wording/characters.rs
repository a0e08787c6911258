//! Characters that are not said: emoji, marks without width, odd spaces; curly apostrophes.

use super::tokens::{Kind, Token};

/// Drops what has no sound, makes every space a plain one and every apostrophe inside a word. Says which emoji went.
pub(super) fn clean(tokens: Vec<Token>, warnings: &mut Vec<String>) -> Vec<Token> {
    let mut out: Vec<Token> = Vec::with_capacity(tokens.len());
    let mut emoji = String::new();
    for mut token in tokens {
        if token.kind == Kind::Mark && !token.fixed {
            let c = token.text.chars().next().unwrap_or(' ');
            if is_emoji(c) {
                emoji.push(c);
                continue;
            }
            if is_mute(c) {
                if !emoji.is_empty() {
                    emoji.push(c);
                }
                continue;
            }
        }
        report(&mut emoji, warnings);
        if token.kind == Kind::Word && !token.fixed && token.text.contains('’') {
            token.text = token.text.replace('’', "'");
        }
        if token.kind == Kind::Space && !token.fixed {
            // One space in the place of two when what stood between them went.
            if out.last().is_some_and(|t| t.kind == Kind::Space && !t.fixed) {
                continue;
            }
            if token.text.chars().any(|c| c != ' ') {
                " ".clone_into(&mut token.text);
            }
        }
        out.push(token);
    }
    report(&mut emoji, warnings);
    out
}

fn report(emoji: &mut String, warnings: &mut Vec<String>) {
    if emoji.is_empty() {
        return;
    }
    let warning = format!("\"{emoji}\" has no sound and is left out");
    if !warnings.contains(&warning) {
        warnings.push(warning);
    }
    emoji.clear();
}

fn is_emoji(c: char) -> bool {
    matches!(c,
        '\u{1F000}'..='\u{1FAFF}' | '\u{2600}'..='\u{27BF}' | '\u{2B00}'..='\u{2BFF}' | '\u{2300}'..='\u{23FF}')
        && !matches!(c, '✕' | '➔')
}

/// Joiners, variation selectors, soft hyphens, byte order marks, control characters.
fn is_mute(c: char) -> bool {
    matches!(c,
        '\u{AD}' | '\u{200B}'..='\u{200F}' | '\u{202A}'..='\u{202E}' | '\u{2060}'..='\u{2064}' | '\u{FE00}'..='\u{FE0F}'
        | '\u{FEFF}' | '\u{FFFC}' | '\u{FFFD}' | '\u{20E3}' | '\u{E0000}'..='\u{E007F}')
        || c.is_control()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_joined_emoji_is_reported_once_and_leaves_one_space() {
        let mut tokens = Vec::new();
        super::super::tokens::cut("Rest 👩\u{200D}🦰 here 👩\u{200D}🦰", 1.0, false, &mut tokens);
        let mut warnings = Vec::new();
        let text: String = clean(tokens, &mut warnings).into_iter().map(|t| t.text).collect();
        assert_eq!(text, "Rest here ");
        assert_eq!(warnings, ["\"👩\u{200D}🦰\" has no sound and is left out"]);
    }
}
