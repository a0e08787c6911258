//! Finds where a voice's graph is taken apart.
//!
//! A VITS graph draws noise twice: for the lengths of phonemes, and for the latent, whose length follows from the first.
//! Both are handed in from outside instead, so the graph is run in two parts, the second beginning where the length of the
//! latent is known. Nothing is worked out twice: what the second part needs of the first is handed over. Everything is found by what
//! the nodes do, since names differ between voices.

use super::{
    decoder::Decoder,
    onnx::{Graph, OnnxError},
};

/// A model of its own, with the names of what it needs and makes.
#[derive(Debug, Default)]
pub(super) struct Part {
    pub(super) model: Vec<u8>,
    pub(super) inputs: Vec<String>,
    pub(super) outputs: Vec<String>,
}

impl Part {
    /// Hands the part over without copying its weights.
    pub(super) fn take(&mut self) -> Self {
        std::mem::take(self)
    }
}

/// A voice taken apart.
#[derive(Debug)]
pub(super) struct Split {
    /// From ids to where the length of the latent is known.
    pub(super) text: Part,
    /// From there to what the decoder reads, or to the samples when `decoder` is none.
    pub(super) flow: Part,
    /// From there to the samples.
    pub(super) decoder: Option<Decoder>,
    /// The input that takes the noise for lengths, [1, 2, ids]; none when the voice has none.
    pub(super) length_noise: Option<String>,
    /// The input that takes the noise for the latent.
    pub(super) latent_noise: String,
    /// The output of `text` that has the latent's shape.
    pub(super) latent_shape: String,
    /// The input that takes a factor for the length of each phoneme, [1, 1, ids]; none when lengths are not scaled that way.
    pub(super) lengths: Option<String>,
}

impl Split {
    /// Takes a voice apart; with `native` unset, its decoder stays in the second part.
    pub(super) fn new(graph: &Graph<'_>, native: bool) -> Result<Self, OnnxError> {
        for name in ["input", "input_lengths", "scales"] {
            if !graph.inputs().any(|input| input == name) {
                return Err(OnnxError::NotOnnx(
                    "it has no inputs input, input_lengths and scales, as a Piper voice has",
                ));
            }
        }
        if let Some(other) = graph.inputs().find(|name| !["input", "input_lengths", "scales", "sid"].contains(name)) {
            return Err(OnnxError::Unsupported(format!("an input {other:?}")));
        }
        let [output] = graph.outputs.as_slice() else {
            return Err(OnnxError::Unsupported(format!("{} outputs", graph.outputs.len())));
        };
        let (length_noise, (latent_noise, latent_shape)) = noises(graph)?;
        let lengths = lengths(graph);
        let decoder = if native { Decoder::from_graph(graph) } else { None };
        let end = decoder.as_ref().and_then(|_| Decoder::cut(graph)).unwrap_or(output);

        let mut given: Vec<&str> = length_noise.into_iter().chain(lengths).collect();
        let before = graph.ancestors(&[latent_shape], &given);
        given.push(latent_noise);
        let all = graph.ancestors(&[end], &given);
        let mut handed = vec![latent_shape];
        for (i, node) in graph.nodes.iter().enumerate() {
            if all[i] && !before[i] {
                handed.extend(
                    node.inputs
                        .iter()
                        .filter(|name| !given.contains(name) && graph.maker(name).is_some_and(|maker| before[maker])),
                );
            }
        }
        handed.sort_unstable();
        handed.dedup();
        let part = |outputs: &[&str], given: &[&str]| {
            let (model, inputs) = graph.extract(outputs, given);
            Part { model, inputs, outputs: outputs.iter().map(|name| (*name).to_owned()).collect() }
        };
        let text = part(&handed, &given);
        given.extend(&handed);
        let flow = part(&[end], &given);
        Ok(Self {
            text,
            flow,
            decoder,
            length_noise: length_noise.map(str::to_owned),
            latent_noise: latent_noise.to_owned(),
            latent_shape: latent_shape.to_owned(),
            lengths: lengths.map(str::to_owned),
        })
    }
}

/// Where noise for lengths comes in, where noise for the latent does, and what has its shape.
#[allow(clippy::type_complexity, reason = "named where it is taken apart")]
fn noises<'a>(graph: &Graph<'a>) -> Result<(Option<&'a str>, (&'a str, &'a str)), OnnxError> {
    let mut found = Vec::new();
    for node in graph.nodes.iter().filter(|node| node.op.starts_with("Random")) {
        match (node.op, node.inputs.as_slice(), node.outputs.as_slice()) {
            ("RandomNormalLike", [shape], [noise]) => found.push((*noise, *shape)),
            (op, ..) => return Err(OnnxError::Unsupported(format!("a {op} node"))),
        }
    }
    match found.as_slice() {
        [latent] => Ok((None, *latent)),
        [(lengths, like), latent] => {
            let depends = graph.maker(lengths).is_some_and(|i| graph.ancestors(&[latent.1], &[])[i]);
            let early = graph.maker(latent.0).is_some_and(|i| graph.ancestors(&[like], &[])[i]);
            if depends && !early {
                Ok((Some(lengths), *latent))
            } else {
                Err(OnnxError::Unsupported("two sources of noise, neither of which follows from the other".into()))
            }
        }
        _ => Err(OnnxError::Unsupported(format!("{} sources of noise instead of one or two", found.len()))),
    }
}

/// The length scale: the second of the scales, where nothing reads it but a product that is rounded up to frames.
fn lengths<'a>(graph: &Graph<'a>) -> Option<&'a str> {
    let second = graph.nodes.iter().find(|node| {
        node.op == "Gather"
            && node.inputs.first() == Some(&"scales")
            && node.inputs.get(1).and_then(|i| graph.constants.get(i)?.scalar_int()) == Some(1)
    })?;
    let scale = *second.outputs.first()?;
    let only = |tensor: &str| {
        let mut readers = graph.readers(tensor);
        let reader = readers.next()?;
        readers.next().is_none().then(|| &graph.nodes[reader])
    };
    let product = only(scale).filter(|node| node.op == "Mul")?;
    only(product.outputs.first()?).filter(|node| node.op == "Ceil")?;
    Some(scale)
}
