//! Blocks of a script: what directions open, divide and end.

use super::{
    super::{
        Condition, Direction, Node, Span, Spanned, Test,
        diagnostic::Diagnostic,
        direction::{Arg, Bracket, Glyph, TestArg},
    },
    Reader,
};

/// How deep blocks may stand in each other.
const MAX_DEPTH: usize = 64;

/// An open block.
pub(super) struct Frame {
    pub(super) block: Block,
    /// The direction that opened it.
    span: Span,
    pub(super) nodes: Vec<Node>,
}

impl Frame {
    pub(super) fn new(block: Block, span: Span) -> Self {
        Self { block, span, nodes: Vec::new() }
    }
}

pub(super) enum Block {
    Body,
    Repeat(u32),
    /// Arms that are finished, and the condition of the one that is being read; none is `[else]`.
    If {
        arms: Vec<(Condition, Vec<Node>)>,
        condition: Option<Condition>,
    },
    Choose {
        options: Vec<Vec<Node>>,
    },
}

impl Reader<'_> {
    pub(super) fn open(&mut self, block: Block, span: Span) {
        if self.frames.len() > MAX_DEPTH {
            self.too_deep += 1;
            if self.too_deep > 1 {
                return;
            }
            let message = format!("blocks stand more than {MAX_DEPTH} deep in each other here");
            self.diagnostics
                .push(Diagnostic::error("too-deep", span, message).with_help("include a part of it from a file"));
            return;
        }
        self.frames.push(Frame::new(block, span));
    }

    pub(super) fn direction(&mut self, bracket: Bracket, span: Span) {
        let spanned = |arg: Arg| Spanned { value: arg.text, span: arg.span };
        let condition = |key: Arg, test: TestArg, unless: bool| {
            let test = match (test, unless) {
                (TestArg::Yes, false) => Test::Yes,
                (TestArg::Yes, true) => Test::No,
                (TestArg::Equals(value), false) | (TestArg::Differs(value), true) => Test::Equals(spanned(value)),
                (TestArg::Differs(value), false) | (TestArg::Equals(value), true) => Test::Differs(spanned(value)),
            };
            Condition { key: spanned(key), test }
        };
        match bracket {
            Bracket::Direction(value) => self.push(Node::Direction(Spanned { value, span })),
            Bracket::CountText { from, to, every, text } => {
                let start = text.span.start;
                let glyphs: Vec<Glyph> =
                    self.text[start..text.span.end].char_indices().map(|(i, c)| (start + i, c)).collect();
                let text = Some(self.words(&glyphs));
                self.push(Node::Direction(Spanned { value: Direction::Count { from, to, every, text }, span }));
            }
            Bracket::Repeat(times) => self.open(Block::Repeat(times), span),
            Bracket::If { key, test, unless } => {
                self.open(Block::If { arms: Vec::new(), condition: Some(condition(key, test, unless)) }, span);
            }
            Bracket::Choose => self.open(Block::Choose { options: Vec::new() }, span),
            Bracket::ElseIf { key, test } => self.next_arm(Some(condition(key, test, false)), span),
            Bracket::Else => self.next_arm(None, span),
            Bracket::Include { path, with } => {
                let with = with.into_iter().map(|(key, value)| (spanned(key), value)).collect();
                self.push(Node::Include { path: spanned(path), with, body: Vec::new(), span });
            }
            Bracket::End => self.end(span),
        }
    }

    fn next_arm(&mut self, next: Option<Condition>, span: Span) {
        if self.too_deep > 0 {
            return;
        }
        let last = self.frames.len() - 1;
        let frame = &mut self.frames[last];
        let Block::If { arms, condition } = &mut frame.block else {
            let diagnostic = Diagnostic::error("stray-else", span, "there is no [if] that this belongs to");
            return self.diagnostics.push(diagnostic.with_help("an [else] stands between [if] and [end]"));
        };
        let body = std::mem::take(&mut frame.nodes);
        match condition.take() {
            Some(condition) => arms.push((condition, body)),
            // A condition that could not be read was reported; after [else] no other arm may come.
            None if arms.is_empty() => {}
            None => {
                let diagnostic = Diagnostic::error("stray-else", span, "this stands behind an [else]");
                self.diagnostics.push(diagnostic.with_help("the [else] comes last, before the [end]"));
            }
        }
        *condition = next;
    }

    pub(super) fn next_option(&mut self) {
        self.end_of_option();
        let last = self.frames.len() - 1;
        let frame = &mut self.frames[last];
        let body = std::mem::take(&mut frame.nodes);
        if let Block::Choose { options } = &mut frame.block {
            options.push(body);
        }
    }

    /// An option's own last blank line separates nothing.
    fn end_of_option(&mut self) {
        if matches!(self.nodes().last(), Some(Node::ParagraphEnd)) {
            self.nodes().pop();
        }
    }

    fn end(&mut self, span: Span) {
        if self.too_deep > 0 {
            self.too_deep -= 1;
            return;
        }
        if self.frames.len() == 1 {
            let diagnostic = Diagnostic::error("stray-end", span, "there is no block that this ends");
            return self.diagnostics.push(diagnostic.with_help("[end] closes [repeat], [if], [unless] and [choose]"));
        }
        if matches!(self.frames.last(), Some(Frame { block: Block::Choose { .. }, .. })) {
            self.end_of_option();
        }
        if let Some(frame) = self.frames.pop() {
            let Frame { block, span, nodes } = frame;
            let node = match block {
                Block::Body => return,
                Block::Repeat(times) => Node::Repeat { times, body: nodes, span },
                Block::Choose { mut options } => {
                    options.push(nodes);
                    Node::Choose { options, span }
                }
                Block::If { mut arms, condition } => {
                    let otherwise = match condition {
                        Some(condition) => {
                            arms.push((condition, nodes));
                            Vec::new()
                        }
                        None => nodes,
                    };
                    Node::If { arms, otherwise, span }
                }
            };
            self.push(node);
        }
    }

    pub(super) fn close_all(mut self) -> Vec<Node> {
        self.too_deep = 0;
        while self.frames.len() > 1 {
            let last = self.frames.len() - 1;
            let span = self.frames[last].span;
            let name = match self.frames[last].block {
                Block::Repeat(_) => "[repeat]",
                Block::If { .. } => "[if]",
                _ => "[choose]",
            };
            if !self.full() {
                let diagnostic = Diagnostic::error("unclosed-block", span, format!("this {name} is not ended"));
                self.diagnostics.push(diagnostic.with_help("write [end] after the last line that belongs to it"));
            }
            self.end(span);
        }
        self.frames.pop().map_or_else(Vec::new, |frame| frame.nodes)
    }
}
