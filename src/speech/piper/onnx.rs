//! Reads the graph of an ONNX model, and writes parts of it as models of their own.
//!
//! Only what taking a graph apart needs is decoded; nodes and weights are otherwise passed on byte for byte. Field numbers are
//! those of `onnx.proto` (ONNX 1.16), the wire format is Protocol Buffers' own. Every length is checked against the bytes that
//! are there, so a file that is cut off or made up gives an error and nothing worse.

use std::{
    collections::{HashMap, HashSet},
    ops::Range,
};

/// What makes a model unreadable.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(super) enum OnnxError {
    /// A field reaches past the end of what holds it.
    #[error("the model is cut off or damaged: a field reaches past the end of what holds it")]
    Truncated,
    /// Bytes that no ONNX file has.
    #[error("this is not an ONNX model: {0}")]
    NotOnnx(&'static str),
    /// Something that the wire format allows and no Piper voice has.
    #[error("the model has {0}, which no Piper voice has")]
    Unsupported(String),
}

/// One field of a message.
#[derive(Debug, Clone, Copy)]
pub(super) enum Field<'a> {
    Varint(u64),
    Fixed32([u8; 4]),
    Bytes(&'a [u8]),
    /// Eight bytes; no field that is read here has them.
    Fixed64,
}

/// Walks the fields of one message.
pub(super) struct Fields<'a> {
    bytes: &'a [u8],
    at: usize,
}

impl<'a> Fields<'a> {
    pub(super) fn new(bytes: &'a [u8]) -> Self {
        Self { bytes, at: 0 }
    }

    fn varint(&mut self) -> Result<u64, OnnxError> {
        let (value, length) = varint(&self.bytes[self.at..]).ok_or(OnnxError::Truncated)?;
        self.at += length;
        Ok(value)
    }

    fn take(&mut self, length: usize) -> Result<&'a [u8], OnnxError> {
        let end = self.at.checked_add(length).filter(|end| *end <= self.bytes.len()).ok_or(OnnxError::Truncated)?;
        let bytes = &self.bytes[self.at..end];
        self.at = end;
        Ok(bytes)
    }

    /// The next field: its number, its value and where it lies within the message, tag included.
    pub(super) fn next(&mut self) -> Result<Option<(u64, Field<'a>, Range<usize>)>, OnnxError> {
        if self.at == self.bytes.len() {
            return Ok(None);
        }
        let start = self.at;
        let tag = self.varint()?;
        let field = match tag & 7 {
            0 => Field::Varint(self.varint()?),
            1 => {
                self.take(8)?;
                Field::Fixed64
            }
            2 => {
                let length = self.varint()?;
                let length = usize::try_from(length).map_err(|_| OnnxError::Truncated)?;
                Field::Bytes(self.take(length)?)
            }
            5 => {
                let bytes = self.take(4)?;
                Field::Fixed32([bytes[0], bytes[1], bytes[2], bytes[3]])
            }
            _ => return Err(OnnxError::NotOnnx("its fields have types that Protocol Buffers does not know")),
        };
        Ok(Some((tag >> 3, field, start..self.at)))
    }
}

/// A number of seven bits a byte, and how many bytes it took.
fn varint(bytes: &[u8]) -> Option<(u64, usize)> {
    let mut value = 0u64;
    for (i, byte) in bytes.iter().take(10).enumerate() {
        value |= u64::from(byte & 0x7f) << (7 * i);
        if byte & 0x80 == 0 {
            return Some((value, i + 1));
        }
    }
    None
}

pub(super) fn write_varint(out: &mut Vec<u8>, mut value: u64) {
    while value >= 0x80 {
        out.push(value as u8 | 0x80);
        value >>= 7;
    }
    out.push(value as u8);
}

pub(super) fn write_bytes(out: &mut Vec<u8>, number: u64, bytes: &[u8]) {
    write_varint(out, number << 3 | 2);
    write_varint(out, bytes.len() as u64);
    out.extend_from_slice(bytes);
}

fn text(bytes: &[u8]) -> Result<&str, OnnxError> {
    std::str::from_utf8(bytes).map_err(|_| OnnxError::NotOnnx("a name is not UTF-8"))
}

/// An attribute of a node, as far as it is needed.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Attribute<'a> {
    Float(f32),
    Int(i64),
    Ints(Vec<i64>),
    Text(&'a [u8]),
    Tensor(Tensor<'a>),
    Other,
}

/// One operation.
#[derive(Debug, Clone)]
pub(super) struct Node<'a> {
    pub(super) op: &'a str,
    pub(super) inputs: Vec<&'a str>,
    pub(super) outputs: Vec<&'a str>,
    attributes: Vec<(&'a str, Attribute<'a>)>,
    raw: &'a [u8],
}

impl<'a> Node<'a> {
    pub(super) fn attribute(&self, name: &str) -> Option<&Attribute<'a>> {
        self.attributes.iter().find(|(n, _)| *n == name).map(|(_, a)| a)
    }

    /// A whole number, or its default where the attribute is absent.
    pub(super) fn int(&self, name: &str, default: i64) -> i64 {
        match self.attribute(name) {
            Some(Attribute::Int(i)) => *i,
            _ => default,
        }
    }

    /// A list of whole numbers; `None` where the attribute is absent.
    pub(super) fn ints(&self, name: &str) -> Option<&[i64]> {
        match self.attribute(name) {
            Some(Attribute::Ints(ints)) => Some(ints),
            _ => None,
        }
    }

    /// A number, or its default where the attribute is absent.
    pub(super) fn float(&self, name: &str, default: f32) -> f32 {
        match self.attribute(name) {
            Some(Attribute::Float(f)) => *f,
            _ => default,
        }
    }
}

/// A constant of the graph.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Tensor<'a> {
    pub(super) name: &'a str,
    pub(super) dims: Vec<usize>,
    kind: u64,
    data: &'a [u8],
    ints: Vec<i64>,
    raw: &'a [u8],
}

/// `TensorProto.DataType`.
const FLOAT: u64 = 1;
const INT64: u64 = 7;

impl Tensor<'_> {
    /// The numbers of a tensor of 32-bit floats.
    pub(super) fn floats(&self) -> Option<Vec<f32>> {
        let expected = self.dims.iter().product::<usize>() * 4;
        (self.kind == FLOAT && self.data.len() == expected)
            .then(|| self.data.as_chunks().0.iter().map(|b| f32::from_le_bytes(*b)).collect())
    }

    /// The single whole number of a tensor that holds one.
    pub(super) fn scalar_int(&self) -> Option<i64> {
        match (self.kind, self.ints.as_slice(), self.data.as_chunks().0) {
            (INT64, [one], []) => Some(*one),
            (INT64, [], [one]) => Some(i64::from_le_bytes(*one)),
            _ => None,
        }
    }

    /// The single number of a tensor that holds one float.
    pub(super) fn scalar_float(&self) -> Option<f32> {
        match self.floats()?.as_slice() {
            [one] => Some(*one),
            _ => None,
        }
    }
}

/// A graph whose nodes stand in an order in which they can be run.
#[derive(Debug)]
pub(super) struct Graph<'a> {
    pub(super) nodes: Vec<Node<'a>>,
    pub(super) constants: HashMap<&'a str, Tensor<'a>>,
    /// Name and description of each input.
    inputs: Vec<(&'a str, &'a [u8])>,
    pub(super) outputs: Vec<&'a str>,
    /// Everything of the model beside its graph.
    frame: Vec<&'a [u8]>,
    /// Which node makes a tensor.
    makers: HashMap<&'a str, usize>,
}

impl<'a> Graph<'a> {
    /// Reads a model, and the weights that it names.
    pub(super) fn read(bytes: &'a [u8], weights: &'a [u8]) -> Result<Self, OnnxError> {
        let mut fields = Fields::new(bytes);
        let (mut graph, mut frame) = (None, Vec::new());
        while let Some((number, field, range)) = fields.next()? {
            match (number, field) {
                (7, Field::Bytes(b)) => graph = Some(b),
                (25, _) => return Err(OnnxError::Unsupported("functions of its own".into())),
                (0, _) => return Err(OnnxError::NotOnnx("it has a field number 0")),
                _ => frame.push(&bytes[range]),
            }
        }
        let graph = graph.ok_or(OnnxError::NotOnnx("it has no graph"))?;
        let mut this = Self {
            nodes: Vec::new(),
            constants: HashMap::new(),
            inputs: Vec::new(),
            outputs: Vec::new(),
            frame,
            makers: HashMap::new(),
        };
        let mut fields = Fields::new(graph);
        while let Some((number, field, _)) = fields.next()? {
            let Field::Bytes(b) = field else { continue };
            match number {
                1 => this.nodes.push(read_node(b)?),
                5 => {
                    let tensor = read_tensor(b, Some(weights))?;
                    this.constants.insert(tensor.name, tensor);
                }
                11 => this.inputs.push((read_name(b)?, b)),
                12 => this.outputs.push(read_name(b)?),
                _ => {}
            }
        }
        this.connect()?;
        Ok(this)
    }

    /// Finds who makes what, and refuses graphs that cannot be run from the first node to the last.
    fn connect(&mut self) -> Result<(), OnnxError> {
        // Older exporters list constants among the inputs too.
        self.inputs.retain(|(name, _)| !self.constants.contains_key(name));
        let mut known: HashSet<&str> = self.inputs.iter().map(|(name, _)| *name).collect();
        known.extend(self.constants.keys());
        for (i, node) in self.nodes.iter().enumerate() {
            if let Some(missing) = node.inputs.iter().find(|name| !name.is_empty() && !known.contains(*name)) {
                return Err(OnnxError::Unsupported(format!("a node that needs {missing:?} before anything makes it")));
            }
            for output in node.outputs.iter().filter(|name| !name.is_empty()) {
                if !known.insert(output) {
                    return Err(OnnxError::Unsupported(format!("two tensors named {output:?}")));
                }
                self.makers.insert(output, i);
            }
            if let ("Constant", Some(Attribute::Tensor(tensor)), [output]) =
                (node.op, node.attribute("value"), node.outputs.as_slice())
            {
                self.constants.insert(output, tensor.clone());
            }
        }
        if let Some(missing) = self.outputs.iter().find(|name| !known.contains(*name)) {
            return Err(OnnxError::Unsupported(format!("an output {missing:?} that nothing makes")));
        }
        Ok(())
    }

    /// The names of the inputs that a caller hands in.
    pub(super) fn inputs(&self) -> impl Iterator<Item = &'a str> {
        self.inputs.iter().map(|(name, _)| *name)
    }

    /// The node that makes a tensor; none for inputs and weights.
    pub(super) fn maker(&self, tensor: &str) -> Option<usize> {
        self.makers.get(tensor).copied()
    }

    /// The nodes that read a tensor.
    pub(super) fn readers<'s>(&'s self, tensor: &'s str) -> impl Iterator<Item = usize> + 's {
        self.nodes.iter().enumerate().filter(move |(_, n)| n.inputs.contains(&tensor)).map(|(i, _)| i)
    }

    /// Which nodes `wanted` depends on; those that make a tensor of `given` are not walked into.
    pub(super) fn ancestors(&self, wanted: &[&str], given: &[&str]) -> Vec<bool> {
        let mut needed = vec![false; self.nodes.len()];
        let mut open: Vec<&str> = wanted.to_vec();
        while let Some(tensor) = open.pop() {
            if given.contains(&tensor) {
                continue;
            }
            if let Some(i) = self.maker(tensor)
                && !std::mem::replace(&mut needed[i], true)
            {
                open.extend(&self.nodes[i].inputs);
            }
        }
        needed
    }

    /// Which nodes depend on a tensor.
    pub(super) fn descendants(&self, tensor: &str) -> Vec<bool> {
        let mut tainted: HashSet<&str> = HashSet::from([tensor]);
        let mut reached = vec![false; self.nodes.len()];
        for (i, node) in self.nodes.iter().enumerate() {
            if node.inputs.iter().any(|input| tainted.contains(input)) {
                reached[i] = true;
                tainted.extend(&node.outputs);
            }
        }
        reached
    }

    /// A model of its own that works `outputs` out of `given` and of the inputs of this one.
    ///
    /// Returns its bytes and the names of the inputs that it needs.
    pub(super) fn extract(&self, outputs: &[&str], given: &[&str]) -> (Vec<u8>, Vec<String>) {
        let needed = self.ancestors(outputs, given);
        let nodes = || self.nodes.iter().zip(&needed).filter(|(_, needed)| **needed).map(|(node, _)| node);
        let mut used: Vec<&str> = nodes().flat_map(|node| node.inputs.iter().copied()).collect();
        used.sort_unstable();
        used.dedup();
        let mut graph = Vec::new();
        nodes().for_each(|node| write_bytes(&mut graph, 1, node.raw));
        write_bytes(&mut graph, 2, b"part");
        let mut inputs = Vec::new();
        for name in used {
            let own = self.inputs.iter().find(|(input, _)| *input == name);
            if given.contains(&name) {
                write_bytes(&mut graph, 11, &value_info(name));
                inputs.push(name.to_owned());
            } else if let Some((_, raw)) = own {
                write_bytes(&mut graph, 11, raw);
                inputs.push(name.to_owned());
            } else if let Some(tensor) = self.constants.get(name).filter(|_| self.maker(name).is_none()) {
                write_bytes(&mut graph, 5, tensor.raw);
            }
        }
        for name in outputs {
            write_bytes(&mut graph, 12, &value_info(name));
        }
        let mut model = Vec::with_capacity(graph.len() + 1024);
        for field in &self.frame {
            model.extend_from_slice(field);
        }
        write_bytes(&mut model, 7, &graph);
        (model, inputs)
    }
}

/// A `ValueInfoProto` that says a name and nothing else.
fn value_info(name: &str) -> Vec<u8> {
    let mut info = Vec::new();
    write_bytes(&mut info, 1, name.as_bytes());
    info
}

/// The `name` of a `ValueInfoProto`.
fn read_name(bytes: &[u8]) -> Result<&str, OnnxError> {
    let mut fields = Fields::new(bytes);
    while let Some((number, field, _)) = fields.next()? {
        if let (1, Field::Bytes(b)) = (number, field) {
            return text(b);
        }
    }
    Err(OnnxError::NotOnnx("an input or output has no name"))
}

fn read_node(raw: &[u8]) -> Result<Node<'_>, OnnxError> {
    let mut node = Node { op: "", inputs: Vec::new(), outputs: Vec::new(), attributes: Vec::new(), raw };
    let mut fields = Fields::new(raw);
    while let Some((number, field, _)) = fields.next()? {
        let Field::Bytes(b) = field else { continue };
        match number {
            1 => node.inputs.push(text(b)?),
            2 => node.outputs.push(text(b)?),
            4 => node.op = text(b)?,
            5 => node.attributes.push(read_attribute(b)?),
            _ => {}
        }
    }
    Ok(node)
}

fn read_attribute(bytes: &[u8]) -> Result<(&str, Attribute<'_>), OnnxError> {
    let (mut name, mut value, mut ints) = ("", Attribute::Other, None);
    let mut fields = Fields::new(bytes);
    while let Some((number, field, _)) = fields.next()? {
        match (number, field) {
            (1, Field::Bytes(b)) => name = text(b)?,
            (2, Field::Fixed32(b)) => value = Attribute::Float(f32::from_le_bytes(b)),
            (3, Field::Varint(i)) => value = Attribute::Int(i as i64),
            (4, Field::Bytes(b)) => value = Attribute::Text(b),
            (5, Field::Bytes(b)) => value = Attribute::Tensor(read_tensor(b, None)?),
            (6 | 11, _) => return Err(OnnxError::Unsupported("a graph inside a node".into())),
            (8, field) => read_ints(field, ints.get_or_insert_default())?,
            _ => {}
        }
    }
    Ok((name, ints.map_or(value, Attribute::Ints)))
}

/// Whole numbers, one a field or many in one.
fn read_ints(field: Field<'_>, out: &mut Vec<i64>) -> Result<(), OnnxError> {
    match field {
        Field::Varint(i) => out.push(i as i64),
        Field::Bytes(packed) => {
            let mut fields = Fields::new(packed);
            while fields.at < packed.len() {
                out.push(fields.varint()? as i64);
            }
        }
        _ => {}
    }
    Ok(())
}

/// Reads a tensor; what it names must be among `weights`, which not every tensor may name.
fn read_tensor<'a>(raw: &'a [u8], weights: Option<&'a [u8]>) -> Result<Tensor<'a>, OnnxError> {
    let mut tensor = Tensor { name: "", dims: Vec::new(), kind: 0, data: &[], ints: Vec::new(), raw };
    let mut dims = Vec::new();
    let mut has_raw = false;
    let mut outside: (Option<usize>, Option<usize>) = (None, None);
    let mut fields = Fields::new(raw);
    while let Some((number, field, _)) = fields.next()? {
        match (number, field) {
            (1, field) => read_ints(field, &mut dims)?,
            (2, Field::Varint(kind)) => tensor.kind = kind,
            // Packed floats are laid out as raw data are.
            (4, Field::Bytes(b)) => tensor.data = b,
            (7, field) => read_ints(field, &mut tensor.ints)?,
            (8, Field::Bytes(b)) => tensor.name = text(b)?,
            (9, Field::Bytes(b)) => (tensor.data, has_raw) = (b, true),
            (13, Field::Bytes(b)) => match (read_entry(b)?, weights) {
                (("offset", value), Some(_)) => outside.0 = value.parse().ok(),
                (("length", value), Some(_)) => outside.1 = value.parse().ok(),
                (_, Some(_)) => {}
                (_, None) => return Err(OnnxError::Unsupported("weights in a file beside it".into())),
            },
            _ => {}
        }
    }
    if let (Some(at), Some(length)) = outside {
        let named = |weights: &'a [u8]| weights.get(at..)?.get(..length);
        (tensor.data, has_raw) = (weights.and_then(named).ok_or(OnnxError::Truncated)?, true);
    }
    let mut size = match tensor.kind {
        FLOAT | 6 | 12 => 4usize,
        INT64 | 11 | 13 => 8,
        2 | 3 | 9 => 1,
        4 | 5 | 10 | 16 => 2,
        _ => 0,
    };
    let checked = size != 0 && has_raw;
    for dim in dims {
        let dim = usize::try_from(dim).map_err(|_| OnnxError::Truncated)?;
        size = size.checked_mul(dim).ok_or(OnnxError::Truncated)?;
        tensor.dims.push(dim);
    }
    if checked && size != tensor.data.len() {
        return Err(OnnxError::Truncated);
    }
    Ok(tensor)
}

/// A `StringStringEntryProto`.
fn read_entry(bytes: &[u8]) -> Result<(&str, &str), OnnxError> {
    let (mut key, mut value) = ("", "");
    let mut fields = Fields::new(bytes);
    while let Some((number, field, _)) = fields.next()? {
        match (number, field) {
            (1, Field::Bytes(b)) => key = text(b)?,
            (2, Field::Bytes(b)) => value = text(b)?,
            _ => {}
        }
    }
    Ok((key, value))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A model with the nodes `a -> Neg -> b -> Exp -> c` and the constant `w`.
    fn model() -> Vec<u8> {
        let node = |op: &str, inputs: &[&str], output: &str| {
            let mut node = Vec::new();
            inputs.iter().for_each(|i| write_bytes(&mut node, 1, i.as_bytes()));
            write_bytes(&mut node, 2, output.as_bytes());
            write_bytes(&mut node, 4, op.as_bytes());
            node
        };
        let mut tensor = vec![1 << 3, 2, 2 << 3, 1];
        write_bytes(&mut tensor, 8, b"w");
        write_bytes(&mut tensor, 9, &[0, 0, 128, 63, 0, 0, 0, 64]);
        let mut graph = Vec::new();
        write_bytes(&mut graph, 1, &node("Neg", &["a"], "b"));
        write_bytes(&mut graph, 1, &node("Add", &["b", "w"], "c"));
        write_bytes(&mut graph, 5, &tensor);
        write_bytes(&mut graph, 11, &value_info("a"));
        write_bytes(&mut graph, 12, &value_info("c"));
        let mut model = vec![1 << 3, 8];
        write_bytes(&mut model, 7, &graph);
        model
    }

    #[test]
    fn a_graph_is_read_with_its_weights() {
        let bytes = model();
        let graph = Graph::read(&bytes, &[]).unwrap();
        assert_eq!(graph.nodes.iter().map(|n| n.op).collect::<Vec<_>>(), ["Neg", "Add"]);
        assert_eq!(graph.constants["w"].floats(), Some(vec![1.0, 2.0]));
        assert_eq!(graph.inputs().collect::<Vec<_>>(), ["a"]);
        assert_eq!(graph.ancestors(&["c"], &["b"]), [false, true]);
        assert_eq!(graph.descendants("b"), [false, true]);
    }

    #[test]
    fn a_part_is_a_model_of_its_own() {
        let bytes = model();
        let graph = Graph::read(&bytes, &[]).unwrap();
        let (part, inputs) = graph.extract(&["c"], &["b"]);
        assert_eq!(inputs, ["b"]);
        let part = Graph::read(&part, &[]).unwrap();
        assert_eq!(part.nodes.iter().map(|n| n.op).collect::<Vec<_>>(), ["Add"]);
        assert!(part.constants.contains_key("w"));
        let (part, inputs) = graph.extract(&["b"], &[]);
        assert_eq!(inputs, ["a"]);
        assert!(Graph::read(&part, &[]).unwrap().constants.is_empty());
    }

    #[test]
    fn a_model_that_is_cut_anywhere_is_an_error() {
        let bytes = model();
        for length in 0..bytes.len() {
            assert!(Graph::read(&bytes[..length], &[]).is_err(), "cut after {length} bytes");
        }
    }

    #[test]
    fn weights_of_the_wrong_length_are_an_error() {
        let mut bytes = model();
        let at = bytes.windows(2).position(|w| w == [1 << 3, 2]).unwrap();
        bytes[at + 1] = 3;
        assert!(matches!(Graph::read(&bytes, &[]), Err(OnnxError::Truncated)));
    }

    #[test]
    fn no_byte_that_is_changed_makes_it_panic() {
        let bytes = model();
        for at in 0..bytes.len() {
            for value in [0, 1, 0x7f, 0x80, 0xff] {
                let mut bytes = bytes.clone();
                bytes[at] = value;
                if let Ok(graph) = Graph::read(&bytes, &[]) {
                    graph.extract(&graph.outputs, &[]);
                }
            }
        }
    }
}
