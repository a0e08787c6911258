//! Takes the weights of a model out of it, so that they are in memory once.
//!
//! A model is mostly weights. They stay in the bytes of its file, moved a little towards its beginning to where processors like to
//! read from, and the model names them there: what ONNX calls external data. Parts of the model then share them, and nothing copies
//! them.

use super::onnx::{Field, Fields, OnnxError, write_bytes, write_varint};
use std::ops::Range;

/// What the bytes are called, for models that name them.
pub(super) const NAME: &str = "weights.data";

/// What weights are aligned to where there is room, in bytes: a line of a processor's cache.
const LINE: usize = 64;

/// Smaller tensors stay in the model. Before so many bytes there are at least three for tag and length, over which they may be moved.
/// Bytes in a file are little-endian: elsewhere they are converted, not shared.
const LEAST: usize = if cfg!(target_endian = "big") { usize::MAX } else { 1024 };

/// `TensorProto.DataType.FLOAT`.
const FLOAT: u64 = 1;

/// A model without its weights.
pub(super) struct Slim {
    /// The model, which names its weights.
    pub(super) model: Vec<u8>,
    /// The weights, among what is left of the file.
    pub(super) weights: Vec<u8>,
}

impl Slim {
    /// Takes the weights out of a model.
    ///
    /// # Errors
    ///
    /// When the model is cut off or is none, or has its weights elsewhere already.
    pub(super) fn new(mut bytes: Vec<u8>) -> Result<Self, OnnxError> {
        let mut moves = Moves { start: bytes.as_ptr().addr(), end: 0, list: Vec::new() };
        let model = slim_model(&bytes, &mut moves)?;
        for (from, to) in moves.list {
            bytes.copy_within(from, to);
        }
        Ok(Self { model, weights: bytes })
    }
}

/// Where weights are moved, in the order in which they lie in the file.
struct Moves {
    /// The address of the file's first byte.
    start: usize,
    /// Where the last of them will end.
    end: usize,
    list: Vec<(Range<usize>, usize)>,
}

impl Moves {
    /// Finds a place for weights: over what has been read, and over nothing that is still to be moved.
    fn place(&mut self, raw: &[u8]) -> usize {
        let from = raw.as_ptr().addr() - self.start;
        let float = size_of::<f32>();
        let to = self.end.next_multiple_of(LINE).min(from / float * float);
        self.list.push((from..from + raw.len(), to));
        self.end = to + raw.len();
        to
    }
}

fn slim_model(bytes: &[u8], moves: &mut Moves) -> Result<Vec<u8>, OnnxError> {
    let mut model = Vec::new();
    let mut fields = Fields::new(bytes);
    while let Some((number, field, range)) = fields.next()? {
        match (number, field) {
            (7, Field::Bytes(graph)) => write_bytes(&mut model, 7, &slim_graph(graph, moves)?),
            _ => model.extend_from_slice(&bytes[range]),
        }
    }
    Ok(model)
}

fn slim_graph(bytes: &[u8], moves: &mut Moves) -> Result<Vec<u8>, OnnxError> {
    let mut graph = Vec::new();
    let mut fields = Fields::new(bytes);
    while let Some((number, field, range)) = fields.next()? {
        match (number, field) {
            (5, Field::Bytes(tensor)) => match slim_tensor(tensor, moves)? {
                Some(tensor) => write_bytes(&mut graph, 5, &tensor),
                None => graph.extend_from_slice(&bytes[range]),
            },
            _ => graph.extend_from_slice(&bytes[range]),
        }
    }
    Ok(graph)
}

/// A tensor that names its numbers; none when it keeps them.
fn slim_tensor(bytes: &[u8], moves: &mut Moves) -> Result<Option<Vec<u8>>, OnnxError> {
    let (mut kind, mut raw) = (0, None);
    let mut tensor = Vec::new();
    let mut fields = Fields::new(bytes);
    while let Some((number, field, range)) = fields.next()? {
        match (number, field) {
            (13, _) | (14, Field::Varint(1)) => {
                return Err(OnnxError::Unsupported("weights in a file beside it".into()));
            }
            (9, Field::Bytes(data)) if raw.is_none() => {
                raw = Some(data);
                continue;
            }
            (9, _) => return Err(OnnxError::NotOnnx("a tensor has its numbers twice")),
            (2, Field::Varint(what)) => kind = what,
            _ => {}
        }
        tensor.extend_from_slice(&bytes[range]);
    }
    let Some(raw) = raw.filter(|raw| kind == FLOAT && raw.len() >= LEAST) else { return Ok(None) };
    let at = moves.place(raw);
    for (key, value) in [("location", NAME.to_owned()), ("offset", at.to_string()), ("length", raw.len().to_string())] {
        let mut entry = Vec::new();
        write_bytes(&mut entry, 1, key.as_bytes());
        write_bytes(&mut entry, 2, value.as_bytes());
        write_bytes(&mut tensor, 13, &entry);
    }
    write_varint(&mut tensor, 14 << 3);
    write_varint(&mut tensor, 1);
    Ok(Some(tensor))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::speech::piper::onnx::Graph;

    /// A model that adds to `a` the constant `w` of so many floats, and then `v` of two. `shift` moves its weights.
    fn model(count: usize, shift: usize) -> (Vec<u8>, Vec<f32>) {
        let floats: Vec<f32> = (0..count).map(|i| i as f32 - 0.5).collect();
        let constant = |name: &[u8], floats: &[f32]| {
            let bytes: Vec<u8> = floats.iter().flat_map(|float| float.to_le_bytes()).collect();
            let mut tensor = vec![1 << 3];
            write_varint(&mut tensor, floats.len() as u64);
            tensor.extend([2 << 3, 1]);
            write_bytes(&mut tensor, 9, &bytes);
            write_bytes(&mut tensor, 8, name);
            tensor
        };
        let node = |other: &[u8], from: &[u8], to: &[u8]| {
            let mut node = Vec::new();
            write_bytes(&mut node, 1, from);
            write_bytes(&mut node, 1, other);
            write_bytes(&mut node, 2, to);
            write_bytes(&mut node, 4, b"Add");
            node
        };
        let mut graph = Vec::new();
        write_bytes(&mut graph, 2, &vec![b'g'; shift]);
        write_bytes(&mut graph, 1, &node(b"w", b"a", b"b"));
        write_bytes(&mut graph, 1, &node(b"v", b"b", b"c"));
        write_bytes(&mut graph, 5, &constant(b"w", &floats));
        write_bytes(&mut graph, 5, &constant(b"v", &[1.0, 2.0]));
        for (number, name) in [(11, b"a"), (12, b"c")] {
            let mut info = Vec::new();
            write_bytes(&mut info, 1, name);
            write_bytes(&mut graph, number, &info);
        }
        let mut model = Vec::new();
        write_bytes(&mut model, 7, &graph);
        (model, floats)
    }

    #[test]
    fn weights_lie_outside_wherever_they_lay_in_the_file() {
        for shift in 0..8 {
            let (bytes, floats) = model(5_000, shift);
            let slim = Slim::new(bytes).unwrap();
            assert!(slim.model.len() < 300, "{}", slim.model.len());
            let graph = Graph::read(&slim.model, &slim.weights).unwrap();
            assert_eq!(graph.constants["w"].floats().unwrap(), floats);
            assert_eq!(graph.constants["v"].floats().unwrap(), [1.0, 2.0]);
            // A part names them too.
            let (part, _) = graph.extract(&["b"], &[]);
            assert_eq!(Graph::read(&part, &slim.weights).unwrap().constants["w"].floats().unwrap(), floats);
        }
    }

    #[test]
    fn a_model_that_is_cut_anywhere_is_an_error() {
        let (bytes, _) = model(400, 1);
        for length in 0..bytes.len() {
            let read = Slim::new(bytes[..length].to_vec());
            assert!(read.and_then(|slim| Graph::read(&slim.model, &slim.weights).map(drop)).is_err(), "{length}");
        }
    }

    #[test]
    fn no_byte_that_is_changed_makes_it_panic() {
        let (bytes, _) = model(300, 2);
        for at in (0..bytes.len()).filter(|at| !(200..bytes.len() - 100).contains(at)) {
            for value in [0, 1, 9 << 3 | 2, 13 << 3 | 2, 0x7f, 0x80, 0xff] {
                let mut bytes = bytes.clone();
                bytes[at] = value;
                if let Ok(slim) = Slim::new(bytes) {
                    drop(Graph::read(&slim.model, &slim.weights));
                }
            }
        }
    }

    #[test]
    fn a_model_that_names_weights_of_its_own_is_refused() {
        let (bytes, _) = model(5_000, 0);
        let slim = Slim::new(bytes).unwrap();
        assert!(matches!(Slim::new(slim.model), Err(OnnxError::Unsupported(_))));
    }
}
