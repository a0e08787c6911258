//! Cuts text into what can be read at once.

/// Characters of a line, as subtitles on a screen have them.
const LINE: usize = 42;

/// A word with the punctuation that touches it, or a part of one that is longer than a line.
#[derive(Clone)]
struct Word {
    text: String,
    letters: usize,
    /// Whether a space stands before it.
    apart: bool,
}

/// Pieces of one line or two each, of at most 42 characters a line.
pub(super) fn split(text: &str) -> Vec<Vec<String>> {
    let mut words = Vec::new();
    for word in text.split_whitespace() {
        let letters: Vec<char> = word.chars().collect();
        for (i, part) in letters.chunks(LINE).enumerate() {
            words.push(Word { text: part.iter().collect(), letters: part.len(), apart: i == 0 });
        }
    }
    let mut pieces = Vec::new();
    if !words.is_empty() {
        cut(&words, &mut pieces);
    }
    pieces
}

fn cut(words: &[Word], pieces: &mut Vec<Vec<String>>) {
    if let Some(lines) = lines(words) {
        return pieces.push(lines);
    }
    let all = letters(words);
    // The best kind of place that lies in the middle half, and of those the one that is nearest to the middle; what does
    // not fit in two lines has more than one word.
    let off = |at: usize| (letters(&words[..at]) * 2).abs_diff(all);
    let at = (1..words.len()).max_by_key(|&at| {
        let kind = if off(at) * 2 <= all { end(&words[at - 1].text) } else { 0 };
        (kind, std::cmp::Reverse(off(at)))
    });
    let (first, second) = words.split_at(at.unwrap_or(1));
    cut(first, pieces);
    cut(second, pieces);
}

/// What ends with a word: 2 for a sentence, 1 for a clause, 0 for neither.
fn end(word: &str) -> u8 {
    match word.trim_end_matches(['"', '\'', '”', '’', '»', ')', ']']).chars().last() {
        Some('.' | '!' | '?' | '…' | '。' | '！' | '？') => 2,
        Some(',' | ';' | ':' | '–' | '—' | '、' | '，') => 1,
        _ => 0,
    }
}

/// One line, or two that are as even as can be; nothing when two do not hold it.
fn lines(words: &[Word]) -> Option<Vec<String>> {
    if letters(words) <= LINE {
        return Some(vec![join(words)]);
    }
    (1..words.len())
        .filter(|&at| letters(&words[..at]) <= LINE && letters(&words[at..]) <= LINE)
        .min_by_key(|&at| letters(&words[..at]).abs_diff(letters(&words[at..])))
        .map(|at| vec![join(&words[..at]), join(&words[at..])])
}

fn letters(words: &[Word]) -> usize {
    words.iter().enumerate().map(|(i, word)| word.letters + usize::from(i > 0 && word.apart)).sum()
}

fn join(words: &[Word]) -> String {
    let mut line = String::new();
    for (i, word) in words.iter().enumerate() {
        if i > 0 && word.apart {
            line.push(' ');
        }
        line.push_str(&word.text);
    }
    line
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_fits_in_two_lines_stays_whole_and_its_lines_are_even() {
        assert_eq!(split("Breathe in."), [["Breathe in."]]);
        assert_eq!(split("  \n "), Vec::<Vec<String>>::new());
        assert_eq!(
            split("Notice where something solid is holding you, and let it hold you."),
            [["Notice where something solid is", "holding you, and let it hold you."]]
        );
    }

    #[test]
    fn a_long_sentence_is_cut_at_a_sentence_then_at_a_clause_then_between_words() {
        let sentences =
            "Let the chair have a little more of your weight, all of it. And now let the breath come and go by itself.";
        assert_eq!(
            split(sentences),
            [
                ["Let the chair have a little", "more of your weight, all of it."],
                ["And now let the breath", "come and go by itself."]
            ]
        );
        let clauses =
            "Notice where something solid is holding you from below, the floor under your feet or the chair behind you";
        assert_eq!(split(clauses)[0].join(" "), "Notice where something solid is holding you from below,");
        let words = "and the breath goes on and out again and the breath goes on and out again and the breath goes on";
        assert_eq!(split(words)[0].join(" "), "and the breath goes on and out again and the breath");
    }

    #[test]
    fn no_line_is_longer_than_42_characters_whatever_the_words() {
        for text in ["x".repeat(500), "呼吸".repeat(70), "supercalifragilisticexpialidocious ".repeat(20)] {
            let pieces = split(&text);
            assert!(pieces.iter().all(|lines| (1..=2).contains(&lines.len())));
            assert!(pieces.iter().flatten().all(|line| line.chars().count() <= 42 && !line.is_empty()));
            let strip = |text: &str| text.replace(' ', "");
            assert_eq!(strip(&pieces.concat().concat()), strip(&text));
        }
    }
}
