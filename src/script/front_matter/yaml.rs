//! YAML as a tree that knows where everything was written.

use serde::{
    Deserialize, Deserializer,
    de::{MapAccess, SeqAccess, Visitor},
};
use serde_saphyr::Spanned;
use std::fmt;

/// A value.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Yaml {
    Null,
    Bool(bool),
    /// A number, and how it is written.
    Number(f64, String),
    Text(String),
    List(Vec<Located>),
    Map(Vec<(Located, Located)>),
}

/// A value and the byte it begins at.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Located {
    pub value: Yaml,
    pub start: usize,
    pub end: usize,
}

struct Tree(Spanned<Shape>);

enum Shape {
    Scalar(Yaml),
    List(Vec<Tree>),
    Map(Vec<(Tree, Tree)>),
}

impl<'de> Deserialize<'de> for Tree {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Spanned::deserialize(deserializer).map(Self)
    }
}

impl<'de> Deserialize<'de> for Shape {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(ShapeVisitor)
    }
}

struct ShapeVisitor;

impl<'de> Visitor<'de> for ShapeVisitor {
    type Value = Shape;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a value")
    }

    fn visit_unit<E>(self) -> Result<Shape, E> {
        Ok(Shape::Scalar(Yaml::Null))
    }

    fn visit_none<E>(self) -> Result<Shape, E> {
        Ok(Shape::Scalar(Yaml::Null))
    }

    fn visit_some<D: Deserializer<'de>>(self, deserializer: D) -> Result<Shape, D::Error> {
        Shape::deserialize(deserializer)
    }

    fn visit_bool<E>(self, value: bool) -> Result<Shape, E> {
        Ok(Shape::Scalar(Yaml::Bool(value)))
    }

    fn visit_i64<E>(self, value: i64) -> Result<Shape, E> {
        Ok(number(value as f64))
    }

    fn visit_u64<E>(self, value: u64) -> Result<Shape, E> {
        Ok(number(value as f64))
    }

    fn visit_f64<E>(self, value: f64) -> Result<Shape, E> {
        Ok(number(value))
    }

    fn visit_str<E>(self, value: &str) -> Result<Shape, E> {
        Ok(Shape::Scalar(Yaml::Text(value.to_owned())))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut access: A) -> Result<Shape, A::Error> {
        let mut list = Vec::new();
        while let Some(item) = access.next_element()? {
            list.push(item);
        }
        Ok(Shape::List(list))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut access: A) -> Result<Shape, A::Error> {
        let mut map = Vec::new();
        while let Some(entry) = access.next_entry()? {
            map.push(entry);
        }
        Ok(Shape::Map(map))
    }
}

fn number(value: f64) -> Shape {
    Shape::Scalar(Yaml::Number(value, value.to_string()))
}

/// The first line of a message without what is for programmers, and without a place that counts from the front matter.
fn plainly(message: &str) -> String {
    let message = message.lines().next().unwrap_or_default();
    if message.starts_with("budget breached") {
        return "it holds too much, or is nested too deep".to_owned();
    }
    let message = message.split(", set DuplicateKeyPolicy").next().unwrap_or_default();
    let message = message.split(" at line ").next().unwrap_or_default();
    message.replace("duplicate mapping key: ", "there are two keys called ")
}

/// Reads YAML that begins at byte `offset` of the script.
///
/// An error is a message and the byte that it is about.
pub(super) fn read(text: &str, offset: usize) -> Result<Located, (String, usize)> {
    // The first character of every line, and where each character begins: a line may be long and hold many values.
    let chars: Vec<usize> = text.char_indices().map(|(at, _)| at).collect();
    let newlines = text.chars().enumerate().filter(|(_, c)| *c == '\n').map(|(i, _)| i + 1);
    let lines: Vec<usize> = std::iter::once(0).chain(newlines).collect();
    let byte = |line: u64, column: u64| {
        let start = lines.get(line.saturating_sub(1) as usize).copied().unwrap_or(chars.len());
        chars.get(start + column.saturating_sub(1) as usize).copied().unwrap_or(text.len())
    };
    let tree: Tree = serde_saphyr::from_str(text).map_err(|error| {
        let at = error.location().map_or(0, |location| byte(location.line(), location.column()));
        (plainly(&error.without_snippet().to_string()), offset + at)
    })?;
    Ok(locate(tree, text, offset, &byte))
}

fn locate(tree: Tree, text: &str, offset: usize, byte: &impl Fn(u64, u64) -> usize) -> Located {
    let at = byte(tree.0.referenced.line(), tree.0.referenced.column());
    let value = match tree.0.value {
        Shape::Scalar(Yaml::Number(value, plain)) => {
            // `007` is a number for YAML, and still an answer of three digits.
            let defined = byte(tree.0.defined.line(), tree.0.defined.column());
            let written = &text[defined..defined + extent(&text[defined..])];
            let digits = written.starts_with(|c: char| c.is_ascii_digit() || matches!(c, '-' | '+' | '.'));
            Yaml::Number(value, if digits { written.to_owned() } else { plain })
        }
        Shape::Scalar(value) => value,
        Shape::List(list) => Yaml::List(list.into_iter().map(|item| locate(item, text, offset, byte)).collect()),
        Shape::Map(map) => Yaml::Map(
            map.into_iter()
                .map(|(key, value)| (locate(key, text, offset, byte), locate(value, text, offset, byte)))
                .collect(),
        ),
    };
    Located { value, start: offset + at, end: offset + at + extent(&text[at..]) }
}

/// How many bytes a scalar takes that begins here: up to its closing quote, or to what ends a plain one.
fn extent(text: &str) -> usize {
    let line = text.lines().next().unwrap_or("");
    if let Some(quote) = line.chars().next().filter(|c| matches!(c, '"' | '\'')) {
        return line[1..].find(quote).map_or(line.len(), |i| i + 2);
    }
    let end = line.find([',', '}', ']']).unwrap_or(line.len());
    let end = line.find(": ").unwrap_or(end).min(end).min(line.find(" #").unwrap_or(end));
    let plain = line[..end].trim_end().trim_end_matches(':');
    if plain.is_empty() { line.chars().next().map_or(0, char::len_utf8) } else { plain.len() }
}
