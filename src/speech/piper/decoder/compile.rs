//! Compiles the nodes of a decoder into fused operations.

use super::{Decoder, Kind, MAX_REACH, Op, Shape};
use crate::speech::piper::{
    kernels::{Phase, ROWS},
    onnx::{Attribute, Graph, Node},
};
use std::collections::HashMap;

/// The most samples for one frame of the latent; Piper's voices have 256.
const MAX_FACTOR: usize = 4096;

/// Works through the nodes in order; a node that is done with another's result while that is in registers is folded into it.
pub(super) struct Compiler<'g, 'a> {
    graph: &'g Graph<'a>,
    /// Which nodes lie behind the cut.
    inside: Vec<bool>,
    folded: Vec<bool>,
    tensors: HashMap<&'a str, usize>,
    shapes: Vec<Shape>,
    ops: Vec<Op>,
}

impl<'g, 'a> Compiler<'g, 'a> {
    pub(super) fn new(graph: &'g Graph<'a>) -> Option<Self> {
        let cut = Decoder::cut(graph)?;
        let first = graph.nodes.iter().find(|node| node.op == "ConvTranspose")?;
        let channels = *graph.constants.get(first.inputs.get(1)?)?.dims.first()?;
        Some(Self {
            graph,
            inside: graph.descendants(cut),
            folded: vec![false; graph.nodes.len()],
            tensors: HashMap::from([(cut, 0)]),
            shapes: vec![Shape { channels, factor: 1 }],
            ops: Vec::new(),
        })
    }

    pub(super) fn compile(mut self) -> Option<Decoder> {
        let [output] = self.graph.outputs.as_slice() else { return None };
        for i in 0..self.graph.nodes.len() {
            if self.inside[i] && !self.folded[i] {
                self.node(i)?;
            }
        }
        let output = *self.tensors.get(output)?;
        // Only what is heard may be bent, and nothing may read it after.
        let last = self.ops.len().checked_sub(1)?;
        let bent = self.ops.iter().position(|op| op.tanh);
        let mono = self.shapes[output].channels == 1 && self.ops[last].outputs().eq([output]);
        (mono && bent.is_none_or(|i| i == last)).then_some(Decoder { shapes: self.shapes, ops: self.ops, output })
    }

    /// Compiles one node and what can be folded into it.
    fn node(&mut self, i: usize) -> Option<()> {
        let graph = self.graph;
        let node = &graph.nodes[i];
        let [result] = node.outputs.as_slice() else { return None };
        let input = *self.tensors.get(node.inputs.first()?)?;
        let plain =
            |kind, bias| Op { kind, input, bias, adds: vec![], scale: 1.0, tanh: false, plain: None, active: None };
        let mut shape = self.shapes[input];
        match node.op {
            "Conv" => {
                let (kind, bias, channels) = self.conv(node, shape)?;
                shape.channels = channels;
                self.finish(plain(kind, bias), result, shape)
            }
            "ConvTranspose" => {
                let (kind, bias, channels, stride) = self.spread(node, shape)?;
                shape = Shape { channels, factor: shape.factor.checked_mul(stride).filter(|f| *f <= MAX_FACTOR)? };
                self.finish(plain(kind, bias), result, shape)
            }
            // A last axis of length 1 for channels: the samples are the same.
            "Unsqueeze" | "Squeeze" if shape.channels == 1 && graph.readers(result).next().is_none() => {
                self.tensors.insert(result, input);
                Some(())
            }
            "LeakyRelu" => {
                let mut op = plain(Kind::Pass, Vec::new());
                op.active = Some((self.tensor(shape), slope(node)?));
                self.tensors.insert(result, self.shapes.len() - 1);
                self.ops.push(op);
                Some(())
            }
            _ => {
                let mut op = plain(Kind::Pass, Vec::new());
                self.fold(&mut op, node.inputs.first()?, node, shape)?;
                self.finish(op, result, shape)
            }
        }
    }

    fn tensor(&mut self, shape: Shape) -> usize {
        self.shapes.push(shape);
        self.shapes.len() - 1
    }

    /// Folds what follows a result into it, and gives the tensors that are left a place.
    fn finish(&mut self, mut op: Op, result: &'a str, shape: Shape) -> Option<()> {
        let graph = self.graph;
        let mut result = result;
        let spread = matches!(op.kind, Kind::Spread { .. });
        while !spread && !graph.outputs.contains(&result) {
            let mut readers = graph.readers(result);
            let (Some(reader), None) = (readers.next(), readers.next()) else { break };
            let node = &graph.nodes[reader];
            let [next] = node.outputs.as_slice() else { break };
            if self.fold(&mut op, result, node, shape).is_none() {
                break;
            }
            self.folded[reader] = true;
            result = next;
        }
        let mut kept = spread || graph.outputs.contains(&result) || graph.readers(result).next().is_none();
        for reader in graph.readers(result) {
            let node = &graph.nodes[reader];
            let bent = if node.op == "LeakyRelu" && !op.tanh { slope(node) } else { None };
            match (bent, op.active) {
                (Some(slope), None) => {
                    let tensor = self.tensor(shape);
                    op.active = Some((tensor, slope));
                    self.tensors.insert(node.outputs.first()?, tensor);
                    self.folded[reader] = true;
                }
                (Some(slope), Some((tensor, same))) if slope.to_bits() == same.to_bits() => {
                    self.tensors.insert(node.outputs.first()?, tensor);
                    self.folded[reader] = true;
                }
                _ => kept = true,
            }
        }
        if kept {
            let tensor = self.tensor(shape);
            op.plain = Some(tensor);
            self.tensors.insert(result, tensor);
        }
        self.ops.push(op);
        Some(())
    }

    /// Does `node` to the result `of` an operation, if that can be done before it is stored.
    fn fold(&self, op: &mut Op, of: &str, node: &Node<'a>, shape: Shape) -> Option<()> {
        let scalar = |i: usize| self.graph.constants.get(node.inputs.get(i)?)?.scalar_float();
        if op.tanh {
            return None;
        }
        match (node.op, node.inputs.as_slice()) {
            ("Add", [a, b]) if a != b && op.scale.to_bits() == 1f32.to_bits() && op.adds.len() < 2 => {
                let other = *self.tensors.get(if *a == of { b } else { a })?;
                (self.shapes[other] == shape).then(|| op.adds.push(other))
            }
            ("Mul", [a, b]) => {
                op.scale *= scalar(usize::from(*a == of)).filter(|_| a != b)?;
                Some(())
            }
            ("Div", [a, _]) if *a == of => {
                op.scale /= scalar(1).filter(|s| *s != 0.0)?;
                Some(())
            }
            ("Tanh", [_]) => {
                op.tanh = true;
                Some(())
            }
            _ => None,
        }
    }

    /// The weights of a convolution, their dimensions, and its bias in groups.
    #[allow(clippy::type_complexity, reason = "three things that are only ever used together, once")]
    fn weights(&self, node: &Node<'a>, outputs_at: usize) -> Option<(Vec<f32>, [usize; 3], Vec<[f32; ROWS]>)> {
        let tensor = self.graph.constants.get(node.inputs.get(1)?)?;
        let dims = <[usize; 3]>::try_from(tensor.dims.as_slice()).ok().filter(|dims| !dims.contains(&0))?;
        let channels = dims[outputs_at];
        let mut bias = vec![[0.0; ROWS]; channels.div_ceil(ROWS)];
        if let Some(name) = node.inputs.get(2).filter(|name| !name.is_empty()) {
            let floats = self.graph.constants.get(name)?.floats().filter(|b| b.len() == channels)?;
            bias.as_flattened_mut()[..channels].copy_from_slice(&floats);
        }
        let plain = node.int("group", 1) == 1
            && matches!(node.attribute("auto_pad"), None | Some(Attribute::Text(b"NOTSET" | b"")))
            && node.attribute("output_shape").is_none()
            && node.ints("output_padding").is_none_or(|padding| padding == [0])
            && node.ints("kernel_shape").is_none_or(|kernel| kernel == [dims[2] as i64]);
        plain.then_some((tensor.floats()?, dims, bias))
    }

    fn conv(&self, node: &Node<'a>, input: Shape) -> Option<(Kind, Vec<[f32; ROWS]>, usize)> {
        let (floats, [outputs, inputs, taps], bias) = self.weights(node, 0)?;
        let dilation = one(node, "dilations", 1)?;
        let (left, right) = pads(node)?;
        let same = left + right == dilation.checked_mul(taps - 1)? && left + right <= MAX_REACH;
        if inputs != input.channels || one(node, "strides", 1)? != 1 || !same {
            return None;
        }
        let mut weights = vec![[0.0; ROWS]; bias.len() * inputs * taps];
        for (output, floats) in floats.chunks_exact(inputs * taps).enumerate() {
            let group = &mut weights[output / ROWS * inputs * taps..];
            for (packed, weight) in group.iter_mut().zip(floats) {
                packed[output % ROWS] = *weight;
            }
        }
        Some((Kind::Conv { weights, taps, dilation, left, right }, bias, outputs))
    }

    fn spread(&self, node: &Node<'a>, input: Shape) -> Option<(Kind, Vec<[f32; ROWS]>, usize, usize)> {
        let (floats, [inputs, outputs, taps], bias) = self.weights(node, 1)?;
        let stride = one(node, "strides", 1)?;
        let (left, right) = pads(node)?;
        let exact = taps.checked_sub(left + right) == Some(stride) && taps <= MAX_REACH;
        if inputs != input.channels || one(node, "dilations", 1)? != 1 || !exact {
            return None;
        }
        // Tap j of input column i falls on output column i * stride + j - left. So output column u * stride + p takes the
        // taps j = r + m * stride of the input columns u + q - m, where (p + left) is q strides and r.
        let phases = (0..stride)
            .map(|p| {
                let (q, r) = ((p + left) / stride, (p + left) % stride);
                let count = (taps - r).div_ceil(stride);
                let mut weights = vec![[0.0; ROWS]; bias.len() * inputs * count];
                for channel in 0..inputs {
                    for output in 0..outputs {
                        for m in 0..count {
                            let at = (output / ROWS * inputs + channel) * count + (count - 1 - m);
                            weights[at][output % ROWS] = floats[(channel * outputs + output) * taps + r + m * stride];
                        }
                    }
                }
                Phase { back: count as isize - 1 - q as isize, taps: count, weights }
            })
            .collect();
        Some((Kind::Spread { phases, taps, pad: left }, bias, outputs, stride))
    }
}

fn slope(node: &Node<'_>) -> Option<f32> {
    // The kernels take the larger of x and slope * x.
    Some(node.float("alpha", 0.01)).filter(|slope| (0.0..=1.0).contains(slope))
}

/// The single number of an attribute that has one a dimension.
fn one(node: &Node<'_>, name: &str, default: usize) -> Option<usize> {
    match node.ints(name) {
        None => Some(default),
        Some([one]) => usize::try_from(*one).ok().filter(|n| (1..=MAX_REACH).contains(n)),
        Some(_) => None,
    }
}

fn pads(node: &Node<'_>) -> Option<(usize, usize)> {
    let pad = |n: i64| usize::try_from(n).ok().filter(|n| *n <= MAX_REACH);
    match node.ints("pads") {
        None => Some((0, 0)),
        Some([left, right]) => Some((pad(*left)?, pad(*right)?)),
        Some(_) => None,
    }
}
