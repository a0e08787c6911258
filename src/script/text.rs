//! The body of a script: lines, paragraphs, and what stands in them.

mod blocks;
mod run;

use super::{
    Direction, FileId, Inline, Node, Span, Spanned,
    diagnostic::{Diagnostic, MAX_FOUND},
    direction::{self, Glyph},
};
use blocks::{Block, Frame};
use run::Run;

/// How many characters an answer's name, a link or a mark between angle brackets may have. A search that goes no further keeps
/// a long line of openings from being read again for each of them.
const MAX_INNER: usize = 2000;

/// Reads the body of a script, which begins at byte `start` of `text`.
pub(super) fn read(text: &str, start: usize, file: FileId, diagnostics: &mut Vec<Diagnostic>) -> Vec<Node> {
    let mut reader = Reader {
        text,
        file,
        diagnostics,
        frames: vec![Frame::new(Block::Body, Span::default())],
        too_deep: 0,
        words_only: false,
        glyphs: Vec::new(),
    };
    reader.lines(start);
    reader.close_all()
}

struct Reader<'a> {
    text: &'a str,
    file: FileId,
    diagnostics: &'a mut Vec<Diagnostic>,
    frames: Vec<Frame>,
    /// Blocks that are open beyond the deepest that is allowed: counted, so that their ends are known, and not kept.
    too_deep: usize,
    /// Whether the text of a heading or a count is being read, where no direction may stand.
    words_only: bool,
    /// The paragraph that is being gathered, line breaks as spaces.
    glyphs: Vec<Glyph>,
}

impl Reader<'_> {
    fn span(&self, start: usize, end: usize) -> Span {
        Span { file: self.file, start, end }
    }

    /// Whether there are so many mistakes that the rest is not read.
    fn full(&self) -> bool {
        self.diagnostics.len() >= MAX_FOUND
    }

    fn nodes(&mut self) -> &mut Vec<Node> {
        let last = self.frames.len() - 1;
        &mut self.frames[last].nodes
    }

    fn push(&mut self, node: Node) {
        self.nodes().push(node);
    }

    fn end_paragraph(&mut self) {
        self.inline();
        // At the start of a block it ends what stands before the block.
        let first = self.frames.len() == 1;
        match self.nodes().last() {
            Some(Node::ParagraphEnd) => {}
            None if first => {}
            _ => self.push(Node::ParagraphEnd),
        }
    }

    fn lines(&mut self, start: usize) {
        let mut at = start;
        let mut comment = false;
        while at < self.text.len() && !self.full() {
            let end = self.text[at..].find('\n').map_or(self.text.len(), |i| at + i + 1);
            let line = self.text[at..end].trim_end_matches(['\n', '\r']);
            self.line(line, at, &mut comment);
            at = end;
        }
        if comment && !self.full() {
            let at = self.text.rfind("<!--").unwrap_or(start);
            let diagnostic = Diagnostic::error("unclosed-comment", self.span(at, at + 4), "this comment is not closed");
            self.diagnostics.push(diagnostic.with_help("write --> at its end"));
        }
        self.end_paragraph();
    }

    /// One line, without its end; `at` is its first byte.
    fn line(&mut self, line: &str, at: usize, comment: &mut bool) {
        let had_comment = *comment || line.contains("<!--");
        let mut escaped = false;
        let mut glyphs: Vec<Glyph> = Vec::with_capacity(line.len());
        let mut i = 0;
        while i < line.len() {
            let rest = &line[i..];
            if *comment {
                match rest.find("-->") {
                    Some(end) => {
                        i += end + 3;
                        *comment = false;
                    }
                    None => break,
                }
            } else if rest.starts_with("<!--") && !escaped {
                *comment = true;
                i += 4;
            } else {
                let Some(c) = rest.chars().next() else { break };
                escaped = c == '\\' && !escaped;
                // A byte order mark inside a text is what an editor left behind.
                if c != '\u{feff}' {
                    glyphs.push((at + i, c));
                }
                i += c.len_utf8();
            }
        }
        let first = glyphs.iter().position(|(_, c)| !c.is_whitespace());
        let Some(first) = first else {
            if !had_comment {
                self.end_paragraph();
            }
            return;
        };
        let last = glyphs.iter().rposition(|(_, c)| !c.is_whitespace()).unwrap_or(first);
        let mut glyphs = &glyphs[first..=last];
        if starts(glyphs, "//") {
            return;
        }
        while glyphs.first().is_some_and(|(_, c)| *c == '>') {
            glyphs = trim_start(&glyphs[1..]);
        }
        if let Some(bullet) = bullet(glyphs) {
            self.end_paragraph();
            glyphs = trim_start(&glyphs[bullet..]);
        }
        let Some(&(start, _)) = glyphs.first() else { return self.end_paragraph() };
        let end = glyphs.last().map_or(start, |(at, c)| at + c.len_utf8());
        let all = |c: char| glyphs.iter().all(|glyph| glyph.1 == c);
        if glyphs.len() >= 3 && (all('-') || all('*') || all('_')) {
            self.end_paragraph();
        } else if let Some(level) = heading(glyphs) {
            self.end_paragraph();
            let text = trim_start(&glyphs[level..]).to_vec();
            let text = self.words(&text);
            self.push(Node::Heading { level: level as u8, text, span: self.span(start, end) });
            self.push(Node::ParagraphEnd);
        } else if all('~') {
            self.inline();
            let breaths = match glyphs.len() {
                1 => 0.5,
                count => (count - 1) as f64,
            };
            let span = self.span(start, end);
            if glyphs.len() > 3 {
                let diagnostic = Diagnostic::error("bad-breath", span, "a breath is ~, ~~ or ~~~");
                self.diagnostics.push(diagnostic.with_help("for more, write [pause 5 breaths]"));
            }
            self.push(Node::Direction(Spanned { value: Direction::Breath { breaths }, span }));
        } else {
            if !self.glyphs.is_empty() {
                // The line break before this line.
                self.glyphs.push((at.saturating_sub(1), ' '));
            }
            self.glyphs.extend_from_slice(glyphs);
        }
    }

    /// Reads the paragraph that was gathered.
    fn inline(&mut self) {
        let glyphs = std::mem::take(&mut self.glyphs);
        if glyphs.is_empty() {
            return;
        }
        let mut run = Run::new(self.file);
        let mut i = 0;
        while i < glyphs.len() && !self.full() {
            let (at, c) = glyphs[i];
            match c {
                '\\' if glyphs.get(i + 1).is_some_and(|(_, c)| c.is_ascii_punctuation() || *c == '…') => {
                    let (next, c) = glyphs[i + 1];
                    run.word(c, at, next + c.len_utf8());
                    i += 2;
                }
                '[' => i = self.bracket(&glyphs, i, &mut run),
                '{' if glyphs.get(i + 1).is_some_and(|(_, c)| *c == '{') => i = self.answer(&glyphs, i, &mut run),
                '|' if matches!(self.frames.last(), Some(Frame { block: Block::Choose { .. }, .. })) => {
                    self.flush(&mut run);
                    self.next_option();
                    i += 1;
                }
                '*' | '_' => i = run.emphasis(&glyphs, i),
                '.' | '…' => {
                    if let Some((count, length)) = ellipsis(&glyphs, i) {
                        self.flush(&mut run);
                        let end = glyphs[i + length - 1];
                        let span = self.span(at, end.0 + end.1.len_utf8());
                        self.push(Node::Direction(Spanned { value: Direction::Ellipsis(count), span }));
                        i += length;
                    } else {
                        run.word(c, at, at + 1);
                        i += 1;
                    }
                }
                '<' => i = self.markup(&glyphs, i, &mut run),
                '\0' => {
                    let diagnostic = Diagnostic::error("nul", self.span(at, at + 1), "there is a NUL character here");
                    self.diagnostics.push(diagnostic.with_help("save the script as plain UTF-8 text"));
                    i += 1;
                }
                c => {
                    run.word(c, at, at + c.len_utf8());
                    i += 1;
                }
            }
        }
        self.flush(&mut run);
    }

    fn flush(&mut self, run: &mut Run) {
        let inlines = run.take();
        let speaks =
            inlines.iter().any(|inline| !matches!(inline, Inline::Words(words) if words.value.trim().is_empty()));
        if speaks {
            match self.nodes().last_mut() {
                Some(Node::Text(before)) => before.extend(inlines),
                _ => self.push(Node::Text(inlines)),
            }
        }
    }

    /// Text of a heading or of a count: words, answers and emphasis only.
    fn words(&mut self, glyphs: &[Glyph]) -> Vec<Inline> {
        self.frames.push(Frame::new(Block::Body, Span::default()));
        let outer = std::mem::replace(&mut self.glyphs, glyphs.to_vec());
        let outer_words_only = std::mem::replace(&mut self.words_only, true);
        self.inline();
        self.glyphs = outer;
        self.words_only = outer_words_only;
        let nodes = self.frames.pop().map_or_else(Vec::new, |frame| frame.nodes);
        let mut words = Vec::new();
        for node in nodes {
            match node {
                Node::Text(text) => words.extend(text),
                Node::Direction(direction) => self.diagnostics.push(
                    Diagnostic::error("misplaced-direction", direction.span, "a direction cannot stand here")
                        .with_help("put it on a line of its own"),
                ),
                _ => {}
            }
        }
        words
    }

    fn bracket(&mut self, glyphs: &[Glyph], open: usize, run: &mut Run) -> usize {
        let at = glyphs[open].0;
        let mut close = open + 1;
        let mut quoted = false;
        while let Some((_, c)) = glyphs.get(close) {
            match c {
                '"' | '“' | '”' => quoted = !quoted,
                ']' if !quoted => break,
                '[' if !quoted => {
                    close = glyphs.len();
                    break;
                }
                _ => {}
            }
            close += 1;
        }
        if close >= glyphs.len() {
            // With a quotation mark that is not closed, the bracket may still be.
            close = (open + 1..glyphs.len()).find(|i| matches!(glyphs[*i].1, ']' | '[')).unwrap_or(glyphs.len());
        }
        if glyphs.get(close).is_none_or(|(_, c)| *c != ']') {
            let diagnostic = Diagnostic::error("unclosed-bracket", self.span(at, at + 1), "this bracket is not closed");
            self.diagnostics
                .push(diagnostic.with_help("write ] at the end of the direction, or \\[ for the character itself"));
            return close.max(open + 1);
        }
        let inner = &glyphs[open + 1..close];
        if glyphs.get(close + 1).is_some_and(|(_, c)| *c == '(') {
            return self.link(glyphs, open, close, run);
        }
        let span = self.span(at, glyphs[close].0 + 1);
        if self.words_only {
            self.diagnostics.push(
                Diagnostic::error("misplaced-direction", span, "a direction cannot stand here")
                    .with_help("put it on a line of its own, or write \\[ for the character itself"),
            );
            return close + 1;
        }
        match direction::read(inner, span) {
            Ok(bracket) => {
                self.flush(run);
                self.direction(bracket, span);
            }
            Err(diagnostic) => {
                self.flush(run);
                // Only what opens a block keeps the count of ends right.
                let name: String = inner.iter().map(|(_, c)| *c).take_while(|c| c.is_alphabetic()).collect();
                match name.to_lowercase().as_str() {
                    "repeat" => self.open(Block::Repeat(0), span),
                    "if" | "unless" => self.open(Block::If { arms: Vec::new(), condition: None }, span),
                    "choose" => self.open(Block::Choose { options: Vec::new() }, span),
                    _ => {}
                }
                self.diagnostics.push(diagnostic);
            }
        }
        close + 1
    }

    /// `[words](say: other words)` or `[word](/ipa/)`.
    fn link(&mut self, glyphs: &[Glyph], open: usize, close: usize, run: &mut Run) -> usize {
        let at = glyphs[open].0;
        let help = "write [words](say: other words) or [word](/ipa/)";
        let Some(end) = (close + 2..glyphs.len().min(close + MAX_INNER)).find(|i| glyphs[*i].1 == ')') else {
            let start = glyphs[close + 1].0;
            let diagnostic =
                Diagnostic::error("unclosed-bracket", self.span(start, start + 1), "this bracket is not closed");
            self.diagnostics.push(diagnostic.with_help(help));
            return close + 2;
        };
        let text = |from: usize, to: usize| glyphs[from..to].iter().map(|(_, c)| c).collect::<String>();
        let shown = text(open + 1, close);
        let target = text(close + 2, end);
        let target = target.trim();
        let span = self.span(at, glyphs[end].0 + 1);
        let shown = Spanned { value: shown, span };
        if target.to_lowercase().starts_with("say:") && !target[4..].trim().is_empty() {
            run.push(Inline::Say { shown, spoken: target[4..].trim().to_owned() });
        } else if target.len() > 2 && target.starts_with('/') && target.ends_with('/') {
            run.push(Inline::Phonemes { shown, ipa: target[1..target.len() - 1].trim().to_owned() });
        } else {
            let span = self.span(glyphs[close + 1].0, glyphs[end].0 + 1);
            self.diagnostics
                .push(Diagnostic::error("bad-link", span, "this does not tell how the words are said").with_help(help));
        }
        end + 1
    }

    /// `{{name}}` or `{{name|default}}`.
    fn answer(&mut self, glyphs: &[Glyph], open: usize, run: &mut Run) -> usize {
        let at = glyphs[open].0;
        let closes = |i: &usize| glyphs[*i].1 == '}' && glyphs.get(i + 1).is_some_and(|(_, c)| *c == '}');
        let Some(close) = (open + 2..glyphs.len().min(open + MAX_INNER)).find(closes) else {
            let diagnostic = Diagnostic::error(
                "unclosed-answer",
                self.span(at, glyphs[open + 1].0 + 1),
                "these braces are not closed",
            );
            self.diagnostics.push(diagnostic.with_help("write {{name}}, or \\{ for the character itself"));
            return open + 2;
        };
        let inner: String = glyphs[open + 2..close].iter().map(|(_, c)| c).collect();
        let (name, default) = match inner.split_once('|') {
            Some((name, default)) => (name.trim(), Some(default.trim().to_owned())),
            None => (inner.trim(), None),
        };
        let span = self.span(at, glyphs[close + 1].0 + 1);
        if name.is_empty() || !name.chars().all(|c| c.is_alphanumeric() || matches!(c, '_' | '-' | '.')) {
            let diagnostic = Diagnostic::error("bad-answer", span, format!("\"{name}\" is not the name of an answer"));
            self.diagnostics.push(diagnostic.with_help("a name is letters, digits, - and _"));
        } else {
            run.push(Inline::Answer { name: Spanned { value: name.to_owned(), span }, default });
        }
        close + 2
    }

    /// `<break time="2s"/>`; other marks between angle brackets are text.
    fn markup(&mut self, glyphs: &[Glyph], open: usize, run: &mut Run) -> usize {
        let literal = |run: &mut Run| {
            run.word('<', glyphs[open].0, glyphs[open].0 + 1);
            open + 1
        };
        let Some(close) = (open..glyphs.len().min(open + 200)).find(|i| glyphs[*i].1 == '>') else {
            return literal(run);
        };
        let tag: String = glyphs[open..=close].iter().map(|(_, c)| c).collect();
        if !tag.to_lowercase().starts_with("<break") {
            return literal(run);
        }
        let span = self.span(glyphs[open].0, glyphs[close].0 + 1);
        self.flush(run);
        match super::ssml::break_length(&tag) {
            Some(length) => {
                let value = Direction::Pause { length, elastic: false };
                self.push(Node::Direction(Spanned { value, span }));
            }
            None => self.diagnostics.push(
                Diagnostic::error("bad-break", span, "this break has no time").with_help("write <break time=\"2s\"/>"),
            ),
        }
        close + 1
    }
}

fn starts(glyphs: &[Glyph], with: &str) -> bool {
    with.chars().enumerate().all(|(i, c)| glyphs.get(i).is_some_and(|glyph| glyph.1 == c))
}

fn trim_start(glyphs: &[Glyph]) -> &[Glyph] {
    let first = glyphs.iter().position(|(_, c)| !c.is_whitespace()).unwrap_or(glyphs.len());
    &glyphs[first..]
}

/// How many characters a list mark takes: `- `, `* `, `+ `, `• `, `1. `, `1) `.
fn bullet(glyphs: &[Glyph]) -> Option<usize> {
    let digits = glyphs.iter().take_while(|(_, c)| c.is_ascii_digit()).count();
    let mark = match digits {
        0 => usize::from(glyphs.first().is_some_and(|(_, c)| matches!(c, '-' | '*' | '+' | '•'))),
        1..=3 if glyphs.get(digits).is_some_and(|(_, c)| matches!(c, '.' | ')')) => digits + 1,
        _ => 0,
    };
    (mark > 0 && glyphs.get(mark).is_some_and(|(_, c)| c.is_whitespace())).then_some(mark)
}

fn heading(glyphs: &[Glyph]) -> Option<usize> {
    let level = glyphs.iter().take_while(|(_, c)| *c == '#').count();
    ((1..=3).contains(&level) && glyphs.get(level).is_some_and(|(_, c)| c.is_whitespace())).then_some(level)
}

/// Dots that are an ellipsis: how many pauses they are, and how many characters.
fn ellipsis(glyphs: &[Glyph], at: usize) -> Option<(u32, usize)> {
    let length = glyphs[at..].iter().take_while(|(_, c)| matches!(c, '.' | '…')).count();
    let marks = glyphs[at..at + length].iter().filter(|(_, c)| *c == '…').count();
    let dots = length - marks;
    match (marks + dots / 3, marks, dots) {
        (0, ..) => None,
        // `......` is three: two dots a pause, where there are more than could be a slip.
        (_, 0, dots) if dots > 5 => Some(((dots / 2) as u32, length)),
        (_, 0, _) => Some((1, length)),
        (count, ..) => Some((count as u32, length)),
    }
}
