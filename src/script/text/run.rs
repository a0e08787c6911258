//! Characters of a paragraph on their way into words and emphasis.

use super::super::{FileId, Inline, Span, Spanned, direction::Glyph, flat};

/// How deep emphasis may stand in emphasis; deeper marks are characters.
const MAX_EMPHASIS: usize = 4;

/// Text on its way into inlines.
pub(super) struct Run {
    file: FileId,
    words: String,
    /// Whether `words` has nothing but spaces in it.
    blank: bool,
    start: usize,
    end: usize,
    /// Marks that are open, with what stood before them.
    open: Vec<(char, usize, Vec<Inline>)>,
    inlines: Vec<Inline>,
}

impl Run {
    pub(super) fn new(file: FileId) -> Self {
        Self { file, words: String::new(), blank: true, start: 0, end: 0, open: Vec::new(), inlines: Vec::new() }
    }

    pub(super) fn word(&mut self, c: char, start: usize, end: usize) {
        // Words begin at what is seen of them, and not at the line break before.
        if self.blank {
            self.start = start;
            self.blank = c.is_whitespace();
        }
        self.words.push(if c.is_whitespace() { ' ' } else { c });
        self.end = end;
    }

    fn finish_words(&mut self) {
        if !self.words.is_empty() {
            let span = Span { file: self.file, start: self.start, end: self.end };
            self.blank = true;
            self.inlines.push(Inline::Words(Spanned { value: std::mem::take(&mut self.words), span }));
        }
    }

    pub(super) fn push(&mut self, inline: Inline) {
        self.finish_words();
        self.inlines.push(inline);
    }

    /// `*`, `_`, or two of them: opens or closes emphasis, or is a character like others. Returns where to go on.
    pub(super) fn emphasis(&mut self, glyphs: &[Glyph], at: usize) -> usize {
        let mark = glyphs[at].1;
        let marks = glyphs[at..].iter().take_while(|(_, c)| *c == mark).count().min(2);
        // In `***words***` the inner one closes first.
        let count = if self.open.last().is_some_and(|(open, n, _)| *open == mark && *n == 1) { 1 } else { marks };
        let before = at.checked_sub(1).map(|i| glyphs[i].1);
        let after = glyphs.get(at + count).map(|(_, c)| *c);
        let spaced = |c: Option<char>| c.is_none_or(char::is_whitespace);
        let in_word =
            mark == '_' && before.is_some_and(char::is_alphanumeric) && after.is_some_and(char::is_alphanumeric);
        let closes = self.open.last().is_some_and(|(open, n, _)| *open == mark && *n == count) && !spaced(before);
        if closes && !in_word {
            self.close();
        } else if self.open.len() < MAX_EMPHASIS
            && !spaced(after)
            && !in_word
            && closing(glyphs, at + count, mark, count)
        {
            self.finish_words();
            self.open.push((mark, count, std::mem::take(&mut self.inlines)));
        } else {
            for (at, c) in &glyphs[at..at + count] {
                self.word(*c, *at, at + 1);
            }
        }
        at + count
    }

    fn close(&mut self) {
        self.finish_words();
        if let Some((_, count, before)) = self.open.pop() {
            let content = flat(std::mem::replace(&mut self.inlines, before));
            let blank = |inline: &Inline| matches!(inline, Inline::Words(words) if words.value.trim().is_empty());
            if content.iter().all(blank) {
                self.inlines.extend(content);
            } else {
                self.inlines.push(Inline::Emphasis { strong: count == 2, content });
            }
        }
    }

    /// What was gathered. Emphasis that is still open goes on in what follows.
    pub(super) fn take(&mut self) -> Vec<Inline> {
        let open: Vec<(char, usize)> = self.open.iter().map(|(mark, count, _)| (*mark, *count)).collect();
        while !self.open.is_empty() {
            self.close();
        }
        self.finish_words();
        self.open = open.into_iter().map(|(mark, count)| (mark, count, Vec::new())).collect();
        std::mem::take(&mut self.inlines)
    }
}

/// Whether emphasis that opens here is closed in the same paragraph. Only the next few hundred characters count, so that a long
/// line of marks is read in time.
fn closing(glyphs: &[Glyph], from: usize, mark: char, count: usize) -> bool {
    let end = glyphs.len().min(from + 600);
    (from + 1..end).any(|i| {
        glyphs[i].1 == mark
            && !glyphs[i - 1].1.is_whitespace()
            && glyphs[i - 1].1 != '\\'
            && (count == 1 || glyphs.get(i + 1).is_some_and(|(_, c)| *c == mark))
    })
}
