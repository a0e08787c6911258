//! Where sentences end, and how they are shared out to inferences.

use super::{Piece, Said, personal::Run};
use crate::script::{Pronunciation, Span};

/// An inference has at most about this many words: its cost grows faster than its length, and 60 words take 400 MiB.
pub(super) const MAX_WORDS: usize = 60;

/// A sentence of fewer words is spoken together with its neighbour: a VITS voice says very short inputs badly.
const MIN_WORDS: usize = 3;

/// What one inference speaks.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Segment {
    pub pieces: Vec<Piece>,
    /// The text as it is shown.
    pub shown: String,
    pub span: Span,
    /// Whether a sentence ends with it, so that a sentence pause follows.
    pub ends_sentence: bool,
}

/// Words before which a full stop does not end a sentence.
const ABBREVIATIONS: [&str; 18] = [
    "dr", "mr", "mrs", "ms", "prof", "st", "vs", "e.g", "i.e", "etc", "no", "approx", "sr", "jr", "fig", "cf", "vol",
    "ch",
];

/// Cuts the text of one breath group (what stands between two pauses that the script asks for, inside one paragraph) into segments.
pub(super) fn segments(runs: &[Run]) -> Vec<Segment> {
    let text: String = runs.iter().map(|run| run.shown.as_str()).collect();
    let opaque = |at: usize| {
        let mut start = 0;
        runs.iter().any(|run| {
            let inside = run.said.is_some() && (start..start + run.shown.len().saturating_sub(1)).contains(&at);
            start += run.shown.len();
            inside
        })
    };
    let mut ranges: Vec<(usize, usize)> = Vec::new();
    let mut start = 0;
    for end in sentence_ends(&text) {
        if !opaque(end.saturating_sub(1)) {
            ranges.push((start, end));
            start = end;
        }
    }
    if start < text.len() {
        ranges.push((start, text.len()));
    }
    ranges.retain(|(a, b)| text[*a..*b].chars().any(char::is_alphanumeric));

    let ranges = merge_short(&text, &ranges);
    let mut segments = Vec::new();
    for (start, end) in ranges {
        let parts = split_long(&text, start, end);
        let last = parts.len() - 1;
        for (i, (a, b)) in parts.into_iter().enumerate() {
            let ends_sentence = i == last && ends_in_stop(&text[a..b]);
            segments.push(cut(runs, &text, a, b, ends_sentence));
        }
    }
    segments
}

/// Byte positions after each end of a sentence, its closing quotes and spaces included.
fn sentence_ends(text: &str) -> Vec<usize> {
    let chars: Vec<(usize, char)> = text.char_indices().collect();
    let mut ends = Vec::new();
    let mut i = 0;
    while i < chars.len() {
        if !matches!(chars[i].1, '.' | '!' | '?' | '…' | '。' | '！' | '？') {
            i += 1;
            continue;
        }
        let stop = i;
        while i < chars.len() && matches!(chars[i].1, '.' | '!' | '?' | '…' | '。' | '！' | '？') {
            i += 1;
        }
        while i < chars.len() && matches!(chars[i].1, '"' | '\'' | '”' | '’' | ')' | ']' | '»' | '*' | '_') {
            i += 1;
        }
        let spaced = i == chars.len() || chars[i].1.is_whitespace() || matches!(chars[stop].1, '。' | '！' | '？');
        if !spaced {
            continue;
        }
        while i < chars.len() && chars[i].1.is_whitespace() {
            i += 1;
        }
        let goes_on = chars.get(i).is_some_and(|(_, c)| c.is_lowercase());
        if goes_on || (chars[stop].1 == '.' && is_abbreviation(text, chars[stop].0, i < chars.len())) {
            continue;
        }
        ends.push(chars.get(i).map_or(text.len(), |(at, _)| *at));
    }
    ends
}

/// Whether a text ends with the mark that ends a sentence.
fn ends_in_stop(text: &str) -> bool {
    text.trim_end()
        .trim_end_matches(['"', '\'', '”', '’', ')', ']', '»'])
        .ends_with(['.', '!', '?', '…', ':', '。', '！', '？'])
}

/// Whether the word before a full stop is an abbreviation or an initial.
fn is_abbreviation(text: &str, stop: usize, more_follows: bool) -> bool {
    let before = &text[..stop];
    let word = before.rsplit(|c: char| c.is_whitespace() || c == '(' || c == '"').next().unwrap_or("");
    let lower = word.to_lowercase();
    let initial = word.chars().count() == 1 && word.chars().all(char::is_uppercase) && word != "I";
    more_follows && (initial || ABBREVIATIONS.contains(&lower.as_str()))
}

fn words(text: &str) -> usize {
    text.split_whitespace().filter(|word| word.chars().any(char::is_alphanumeric)).count()
}

/// Joins sentences that are too short to be spoken well with the next one, or the last with the one before.
fn merge_short(text: &str, ranges: &[(usize, usize)]) -> Vec<(usize, usize)> {
    let count = |range: (usize, usize)| words(&text[range.0..range.1]);
    let mut merged: Vec<(usize, usize)> = Vec::with_capacity(ranges.len());
    for &range in ranges {
        match merged.last_mut() {
            Some(last) if count(*last) < MIN_WORDS && count(*last) + count(range) <= MAX_WORDS => last.1 = range.1,
            _ => merged.push(range),
        }
    }
    if let [.., before, last] = merged[..]
        && count(last) < MIN_WORDS
        && count(before) + count(last) <= MAX_WORDS
    {
        merged.pop();
        if let Some(end) = merged.last_mut() {
            end.1 = last.1;
        }
    }
    merged
}

/// Shares a long sentence out to inferences: at clauses where there are any, else between words.
fn split_long(text: &str, start: usize, end: usize) -> Vec<(usize, usize)> {
    let total = words(&text[start..end]);
    if total <= MAX_WORDS {
        return vec![(start, end)];
    }
    let wanted = total.div_ceil(total.div_ceil(MAX_WORDS));
    let mut parts = Vec::new();
    let (mut from, mut count, mut clause) = (start, 0, None);
    let mut at = start;
    for word in text[start..end].split_inclusive(char::is_whitespace) {
        if count > 0 && (count >= MAX_WORDS || (count >= wanted && clause.is_none())) {
            let (cut, used) = clause.take().unwrap_or((at, count));
            parts.push((from, cut));
            from = cut;
            count -= used;
        }
        at += word.len();
        count += usize::from(word.chars().any(char::is_alphanumeric));
        let bare = word.trim_end();
        if bare.ends_with([',', ';', ':', '—', '–', '.', '!', '?']) && count >= wanted / 3 {
            clause = Some((at, count));
        }
    }
    parts.push((from, end));
    parts
}

/// The pieces of a range of the text.
fn cut(runs: &[Run], text: &str, start: usize, end: usize, ends_sentence: bool) -> Segment {
    let mut pieces: Vec<Piece> = Vec::new();
    let mut span: Option<Span> = None;
    let mut at = 0;
    for run in runs {
        let (from, to) = (at.max(start), (at + run.shown.len()).min(end));
        at += run.shown.len();
        if from >= to && !(run.shown.is_empty() && run.said.is_some() && from == to) {
            continue;
        }
        let said = match &run.said {
            Some(Pronunciation::Words(words)) => Said::Words(words.clone()),
            Some(Pronunciation::Ipa(ipa)) => Said::Ipa(ipa.clone()),
            None => Said::Words(text[from..to].to_owned()),
        };
        span.get_or_insert(run.span);
        match (pieces.last_mut(), said) {
            (Some(Piece { said: Said::Words(before), stretch }), Said::Words(words))
                if (*stretch - run.stretch).abs() < f32::EPSILON =>
            {
                before.push_str(&words);
            }
            (_, said) => pieces.push(Piece { said, stretch: run.stretch }),
        }
    }
    if let Some(Piece { said: Said::Words(first), .. }) = pieces.first_mut() {
        *first = first.trim_start().to_owned();
    }
    if let Some(Piece { said: Said::Words(last), .. }) = pieces.last_mut() {
        *last = last.trim_end().to_owned();
    }
    pieces.retain(|piece| !matches!(&piece.said, Said::Words(words) if words.is_empty()));
    let shown = text[start..end].split_whitespace().collect::<Vec<_>>().join(" ");
    Segment { pieces, shown, span: span.unwrap_or_default(), ends_sentence }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn run(text: &str) -> Run {
        Run { shown: text.to_owned(), said: None, stretch: 1.0, span: Span::default() }
    }

    fn shown(text: &str) -> Vec<String> {
        segments(&[run(text)]).into_iter().map(|s| s.shown).collect()
    }

    #[test]
    fn sentences_end_at_full_stops_and_not_at_abbreviations_or_decimals() {
        assert_eq!(
            shown("Dr. Hale breathes for 3.5 seconds. Then J. Moss follows, e.g. slowly. \"Is it safe?\" Yes, it is."),
            [
                "Dr. Hale breathes for 3.5 seconds.",
                "Then J. Moss follows, e.g. slowly.",
                "\"Is it safe?\"",
                "Yes, it is."
            ]
        );
    }

    #[test]
    fn a_short_sentence_is_spoken_with_its_neighbour() {
        assert_eq!(shown("One. Two. Three. Open your eyes now."), ["One. Two. Three.", "Open your eyes now."]);
        assert_eq!(shown("Let the jaw go. Good."), ["Let the jaw go. Good."]);
    }

    #[test]
    fn a_long_sentence_is_cut_at_clauses_and_no_inference_passes_sixty_words() {
        let clause = "and the breath goes out and comes in again as it has always done, ";
        let text = format!("{}so it is.", clause.repeat(10));
        let parts = shown(&text);
        assert!(parts.len() > 2);
        for part in &parts[..parts.len() - 1] {
            assert!(part.ends_with(','), "{part}");
        }
        assert!(parts.iter().all(|part| words(part) <= MAX_WORDS));
        let plain = "word ".repeat(10_000);
        let parts = shown(&plain);
        assert!(parts.iter().all(|part| words(part) <= MAX_WORDS));
        assert_eq!(parts.iter().map(|part| words(part)).sum::<usize>(), 10_000);
    }

    #[test]
    fn emphasis_inside_a_sentence_stays_in_one_segment_as_a_stretched_piece() {
        let runs =
            [run("Let the breath be "), Run { stretch: 1.15, ..run("natural") }, run(". It knows the way home.")];
        let segments = segments(&runs);
        assert_eq!(segments.len(), 2);
        assert_eq!(segments[0].pieces.len(), 3);
        assert_eq!(segments[0].pieces[1], Piece { said: Said::Words("natural".into()), stretch: 1.15 });
    }
}
