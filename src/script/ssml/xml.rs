//! A small reader of XML that keeps the place of everything and never looks outside of the text.
//!
//! It knows elements, attributes, text, character references, comments, CDATA and processing instructions. A document type
//! is passed over: no entity is defined by it, so none can grow, and no address in it is opened.

/// One thing in a document.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Event {
    /// `<name a="b">`, and `<name/>` when `empty`.
    Open { name: String, attributes: Vec<Attribute>, empty: bool },
    /// `</name>`.
    Close { name: String },
    /// Text, its references resolved.
    Text(String),
}

/// An attribute and where its value stands.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Attribute {
    pub name: String,
    pub value: String,
    pub start: usize,
    pub end: usize,
}

/// A mistake in the document and the bytes that it is about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Broken {
    pub message: String,
    pub start: usize,
    pub end: usize,
}

/// An event and its bytes.
pub(super) type Placed = (Event, usize, usize);

pub(super) struct Reader<'a> {
    text: &'a str,
    at: usize,
    /// A mistake inside of a mark that was given out.
    broken: Option<Broken>,
}

impl<'a> Reader<'a> {
    pub(super) fn new(text: &'a str) -> Self {
        Self { text, at: if text.starts_with('\u{feff}') { 3 } else { 0 }, broken: None }
    }

    /// The next thing, or `None` at the end. After a mistake it goes on behind it.
    pub(super) fn next(&mut self) -> Option<Result<Placed, Broken>> {
        if let Some(broken) = self.broken.take() {
            return Some(Err(broken));
        }
        while self.at < self.text.len() {
            let start = self.at;
            let rest = &self.text[start..];
            if !rest.starts_with('<') {
                let end = rest.find('<').map_or(self.text.len(), |i| start + i);
                self.at = end;
                return Some(Ok((Event::Text(decode(&self.text[start..end])), start, end)));
            }
            let (skip, until) = if rest.starts_with("<!--") {
                (4, "-->")
            } else if rest.starts_with("<?") {
                (2, "?>")
            } else if rest.starts_with("<![CDATA[") {
                (9, "]]>")
            } else if rest.starts_with("<!") {
                match doctype(rest) {
                    Some(end) => self.at = start + end,
                    None => return Some(Err(self.unclosed(start))),
                }
                continue;
            } else {
                return Some(self.tag(start));
            };
            let Some(end) = rest[skip..].find(until) else { return Some(Err(self.unclosed(start))) };
            self.at = start + skip + end + until.len();
            if skip == 9 {
                return Some(Ok((Event::Text(rest[skip..skip + end].to_owned()), start, self.at)));
            }
        }
        None
    }

    fn unclosed(&mut self, start: usize) -> Broken {
        self.at = self.text.len();
        Broken { message: "this mark is not closed".to_owned(), start, end: start + 1 }
    }

    fn tag(&mut self, start: usize) -> Result<Placed, Broken> {
        let bytes = self.text.as_bytes();
        let mut at = start + 1;
        let closing = bytes.get(at) == Some(&b'/');
        at += usize::from(closing);
        let name = self.name(&mut at);
        if name.is_empty() {
            self.at = start + 1;
            return Err(Broken {
                message: "a < that begins no mark is written &lt;".to_owned(),
                start,
                end: start + 1,
            });
        }
        let mut attributes = Vec::new();
        loop {
            at = self.space(at);
            match bytes.get(at) {
                Some(b'>') => {
                    self.at = at + 1;
                    let event =
                        if closing { Event::Close { name } } else { Event::Open { name, attributes, empty: false } };
                    return Ok((event, start, self.at));
                }
                Some(b'/') if bytes.get(at + 1) == Some(&b'>') => {
                    self.at = at + 2;
                    return Ok((Event::Open { name, attributes, empty: true }, start, self.at));
                }
                Some(_) => {
                    if let Some(attribute) = self.attribute(&mut at) {
                        attributes.push(attribute);
                    } else {
                        self.at = self.text[at..].find('>').map_or(self.text.len(), |i| at + i + 1);
                        let message = format!("an attribute of <{name}> is not written name=\"value\"");
                        self.broken = Some(Broken { message, start, end: self.at });
                        let empty = self.text[at..self.at].ends_with("/>");
                        let event =
                            if closing { Event::Close { name } } else { Event::Open { name, attributes, empty } };
                        return Ok((event, start, self.at));
                    }
                }
                None => return Err(self.unclosed(start)),
            }
        }
    }

    fn space(&self, at: usize) -> usize {
        let rest = &self.text[at..];
        at + rest.len() - rest.trim_start().len()
    }

    fn name(&self, at: &mut usize) -> String {
        let rest = &self.text[*at..];
        let ends = |c: char| !(c.is_alphanumeric() || matches!(c, ':' | '-' | '_' | '.'));
        let name = &rest[..rest.find(ends).unwrap_or(rest.len())];
        *at += name.len();
        name.to_owned()
    }

    fn attribute(&self, at: &mut usize) -> Option<Attribute> {
        let name = self.name(at);
        *at = self.space(*at);
        if name.is_empty() || !self.text[*at..].starts_with('=') {
            return None;
        }
        *at = self.space(*at + 1);
        let quote = self.text[*at..].chars().next().filter(|c| matches!(c, '"' | '\''))?;
        let start = *at + 1;
        let end = start + self.text[start..].find(quote)?;
        *at = end + 1;
        Some(Attribute { name, value: decode(&self.text[start..end]), start, end })
    }
}

/// The length of `<!DOCTYPE ...>`, with what stands between its brackets.
fn doctype(text: &str) -> Option<usize> {
    let mut inside = false;
    for (i, c) in text.char_indices() {
        match c {
            '[' => inside = true,
            ']' => inside = false,
            '>' if !inside => return Some(i + 1),
            _ => {}
        }
    }
    None
}

/// Resolves `&amp;` and its like; what is no reference stays as it is.
fn decode(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find('&') {
        out.push_str(&rest[..at]);
        rest = &rest[at..];
        let end = rest.bytes().take(12).position(|byte| byte == b';');
        if let Some((c, end)) = end.and_then(|end| reference(&rest[1..end]).map(|c| (c, end))) {
            out.push(c);
            rest = &rest[end + 1..];
        } else {
            out.push('&');
            rest = &rest[1..];
        }
    }
    out.push_str(rest);
    out
}

fn reference(name: &str) -> Option<char> {
    match name {
        "amp" => Some('&'),
        "lt" => Some('<'),
        "gt" => Some('>'),
        "quot" => Some('"'),
        "apos" => Some('\''),
        "nbsp" => Some('\u{a0}'),
        _ => {
            let number = name.strip_prefix('#')?;
            let code = match number.strip_prefix(['x', 'X']) {
                Some(hex) => u32::from_str_radix(hex, 16).ok()?,
                None => number.parse().ok()?,
            };
            char::from_u32(code).filter(|c| *c != '\0')
        }
    }
}
