//! The last and heaviest part of a voice, HiFi-GAN: from a few hundred numbers a frame to samples.
//!
//! The nodes after the first transposed convolution are compiled into a short list of fused operations and run a few frames
//! at a time. Every tensor is a window that moves along the utterance: what later steps still need of it stays, what they
//! need more is added. So nothing is computed twice, the working set stays within a core's cache, sound comes out from the
//! first step on, and every sample is made by the same sums whatever the size of a step.
//!
//! Kong, Kim, Bae, "HiFi-GAN", 2020, describes the network.

mod compile;

use super::{
    kernels::{Conv, Finish, Pass, Phase, ROWS, SPARE, Source, Spread, Target},
    onnx::Graph,
};
use compile::Compiler;
use pulp::Arch;

/// Frames of the latent that are decoded in one step.
const STEP: usize = 6;

/// The most frames that one output of the network may reach across; real voices stay below 100.
const MAX_REACH: usize = 4096;

/// Number and place of a tensor's samples.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Shape {
    channels: usize,
    /// Columns for one frame of the latent.
    factor: usize,
}

#[derive(Debug)]
enum Kind {
    /// `left` columns before the output's are read, and `right` behind it.
    Conv {
        weights: Vec<[f32; ROWS]>,
        taps: usize,
        dilation: usize,
        left: usize,
        right: usize,
    },
    /// `pad` columns are cut off at the start.
    Spread {
        phases: Vec<Phase>,
        taps: usize,
        pad: usize,
    },
    Pass,
}

/// One operation and everything that is done with its result while that is in registers.
#[derive(Debug)]
struct Op {
    kind: Kind,
    input: usize,
    bias: Vec<[f32; ROWS]>,
    adds: Vec<usize>,
    scale: f32,
    tanh: bool,
    plain: Option<usize>,
    active: Option<(usize, f32)>,
}

impl Op {
    fn outputs(&self) -> impl Iterator<Item = usize> {
        self.plain.into_iter().chain(self.active.map(|(tensor, _)| tensor))
    }

    /// The input columns that an output from column `from` up to column `to` needs.
    fn needs(&self, from: isize, to: isize) -> (isize, isize) {
        match &self.kind {
            Kind::Conv { left, right, .. } => (from - *left as isize, to + *right as isize),
            Kind::Spread { phases, taps, pad } => {
                let stride = phases.len() as isize;
                let pad = *pad as isize;
                let reach = (*taps as isize - 1) / stride;
                ((from + pad).div_euclid(stride) - reach, (to - 1 + pad).div_euclid(stride) + 1)
            }
            Kind::Pass => (from, to),
        }
    }
}

/// A compiled decoder.
#[derive(Debug)]
pub(super) struct Decoder {
    shapes: Vec<Shape>,
    ops: Vec<Op>,
    output: usize,
}

impl Decoder {
    /// The tensor at which the graph is cut: what the first transposed convolution reads.
    pub(super) fn cut<'a>(graph: &Graph<'a>) -> Option<&'a str> {
        graph.nodes.iter().find(|node| node.op == "ConvTranspose")?.inputs.first().copied()
    }

    /// Compiles the nodes behind the cut; `None` when one of them does something that is not known here.
    pub(super) fn from_graph(graph: &Graph<'_>) -> Option<Self> {
        Compiler::new(graph)?.compile()
    }

    /// Samples for one frame of the latent.
    pub(super) fn factor(&self) -> usize {
        self.shapes[self.output].factor
    }

    /// Channels of the latent.
    pub(super) fn channels(&self) -> usize {
        self.shapes[0].channels
    }

    /// Decodes step by step. `latent` holds [`Decoder::channels`] rows of `frames` numbers.
    ///
    /// `None` when it has another size.
    pub(super) fn stream<'a>(
        &'a self,
        latent: &'a [f32],
        frames: usize,
        scratch: &'a mut Scratch,
    ) -> Option<Stream<'a>> {
        (latent.len() == self.channels() * frames).then(|| {
            scratch.0.resize_with(self.shapes.len(), Window::default);
            let mut stream = Stream { decoder: self, latent, frames, windows: &mut scratch.0, step: STEP };
            stream.rewind();
            stream
        })
    }

    /// Decodes a whole latent in steps of so many frames.
    #[cfg(test)]
    pub(super) fn decode(&self, latent: &[f32], frames: usize, step: usize) -> Option<Vec<f32>> {
        let (mut scratch, mut samples) = (Scratch::default(), Vec::new());
        let mut stream = self.stream(latent, frames, &mut scratch)?;
        stream.step = step;
        while stream.next_into(&mut samples) {}
        Some(samples)
    }
}

/// Memory that one worker decodes in, kept from utterance to utterance.
#[derive(Debug, Default)]
pub(super) struct Scratch(Vec<Window>);

/// The part of a tensor that is in memory.
#[derive(Debug, Default)]
struct Window {
    data: Vec<f32>,
    pitch: usize,
    /// The tensor's column that stands first in a row; negative in the zeros before the utterance.
    start: isize,
    /// Up to which column it is computed.
    end: isize,
}

impl Window {
    fn column(&self, column: isize) -> usize {
        (column - self.start) as usize
    }

    /// Forgets what lies before `start` and makes room up to `end`.
    fn slide(&mut self, channels: usize, start: isize, end: isize) {
        let width = (end - start) as usize;
        let kept = self.column(start)..self.column(self.end);
        if width > self.pitch || self.data.len() < channels * self.pitch {
            // An odd number of cache lines, so that rows do not fall on the same sets of the cache.
            let pitch = (width.div_ceil(16) | 1) * 16;
            let mut data = vec![0.0; channels * pitch];
            for row in 0..channels {
                let old = &self.data[row * self.pitch..];
                data[row * pitch..][..kept.len()].copy_from_slice(&old[kept.clone()]);
            }
            (self.data, self.pitch) = (data, pitch);
        } else if kept.start > 0 {
            for row in self.data.chunks_exact_mut(self.pitch).take(channels) {
                row.copy_within(kept.clone(), 0);
            }
        }
        self.start = start;
    }

    /// Sets everything from a column on to zero.
    fn clear_from(&mut self, channels: usize, column: isize) {
        let at = self.column(column);
        for row in self.data.chunks_exact_mut(self.pitch).take(channels) {
            row[at..].fill(0.0);
        }
    }

    fn source(&self, column: isize) -> Source<'_> {
        Source { data: &self.data, pitch: self.pitch, at: self.column(column) }
    }

    fn target(&mut self, column: isize) -> Target<'_> {
        let at = self.column(column);
        Target { data: &mut self.data, pitch: self.pitch, at }
    }
}

/// A latent that is being decoded.
pub(super) struct Stream<'a> {
    decoder: &'a Decoder,
    latent: &'a [f32],
    frames: usize,
    windows: &'a mut Vec<Window>,
    step: usize,
}

impl Stream<'_> {
    /// The number of samples that all steps make together.
    pub(super) fn len(&self) -> usize {
        self.length(self.decoder.output) as usize
    }

    fn length(&self, tensor: usize) -> isize {
        (self.decoder.shapes[tensor].factor * self.frames) as isize
    }

    /// Puts zeros where operations reach before the utterance.
    fn rewind(&mut self) {
        for window in self.windows.iter_mut() {
            (window.start, window.end) = (0, 0);
        }
        let starts = self.starts();
        for ((window, shape), start) in self.windows.iter_mut().zip(&self.decoder.shapes).zip(starts) {
            window.start = start;
            window.end = start;
            window.slide(shape.channels, start, SPARE as isize);
            window.clear_from(shape.channels, start);
            window.end = 0;
        }
    }

    /// The first column of each tensor that is still needed.
    fn starts(&self) -> Vec<isize> {
        let mut starts: Vec<isize> = self.windows.iter().map(|window| window.end).collect();
        for op in &self.decoder.ops {
            let Some(output) = op.outputs().next() else { continue };
            let from = self.windows[output].end;
            starts[op.input] = starts[op.input].min(op.needs(from, from).0);
            for add in &op.adds {
                starts[*add] = starts[*add].min(from);
            }
        }
        starts
    }

    /// Up to which column each tensor is needed for the samples up to `end`.
    fn ends(&self, end: isize) -> Vec<isize> {
        let mut ends: Vec<isize> = self.windows.iter().map(|window| window.end).collect();
        ends[self.decoder.output] = end;
        for op in self.decoder.ops.iter().rev() {
            let mut to = op.outputs().map(|output| ends[output]).max().unwrap_or(0);
            if let Kind::Spread { phases, .. } = &op.kind {
                to = (to.max(0) as usize).next_multiple_of(phases.len()) as isize;
            }
            op.outputs().for_each(|output| ends[output] = to);
            let Some(output) = op.outputs().next() else { continue };
            if to > self.windows[output].end {
                let needed = op.needs(to, to).1.min(self.length(op.input));
                ends[op.input] = ends[op.input].max(needed);
                for add in &op.adds {
                    ends[*add] = ends[*add].max(to);
                }
            }
        }
        ends
    }

    /// Decodes one step more and appends its samples; `false` when there is nothing left.
    pub(super) fn next_into(&mut self, samples: &mut Vec<f32>) -> bool {
        let decoder = self.decoder;
        let from = self.windows[decoder.output].end;
        let to = (from + (self.step * decoder.factor()) as isize).min(self.len() as isize);
        if from == to {
            return false;
        }
        let (starts, ends) = (self.starts(), self.ends(to));
        // What is read behind the end of a tensor: by the widest reach of an operation, and by a last block that is not full.
        let mut rooms: Vec<isize> = ends.iter().map(|end| end + SPARE as isize).collect();
        for op in &decoder.ops {
            if let Some(output) = op.outputs().next() {
                let needed = op.needs(ends[output], ends[output]).1 + SPARE as isize + 1;
                rooms[op.input] = rooms[op.input].max(needed);
                for add in &op.adds {
                    rooms[*add] = rooms[*add].max(ends[output] + SPARE as isize);
                }
            }
        }
        for (i, shape) in decoder.shapes.iter().enumerate() {
            let length = self.length(i);
            let window = &mut self.windows[i];
            window.slide(shape.channels, starts[i], rooms[i]);
            if window.end == length {
                window.clear_from(shape.channels, length);
            }
        }
        self.fill(ends[0]);
        for op in &decoder.ops {
            self.run(op, &ends);
        }
        let output = &self.windows[decoder.output];
        let range = output.column(from)..output.column(to);
        if decoder.ops.last().is_some_and(|op| op.tanh) {
            samples.extend(output.data[range].iter().map(|x| x.tanh()));
        } else {
            samples.extend_from_slice(&output.data[range]);
        }
        true
    }

    /// Brings the latent into its window.
    fn fill(&mut self, to: isize) {
        let channels = self.decoder.channels();
        let window = &mut self.windows[0];
        let (from, at) = (window.end as usize, window.column(window.end));
        let count = to as usize - from;
        for (row, latent) in window.data.chunks_exact_mut(window.pitch).zip(self.latent.chunks_exact(self.frames)) {
            row[at..at + count].copy_from_slice(&latent[from..from + count]);
        }
        window.end = to;
        if to as usize == self.frames {
            window.clear_from(channels, to);
        }
    }

    fn run(&mut self, op: &Op, ends: &[isize]) {
        let Some(output) = op.outputs().next() else { return };
        let (from, to) = (self.windows[output].end, ends[output]);
        if from == to {
            return;
        }
        let channels = self.decoder.shapes[output].channels;
        let columns = (to - from) as usize;
        // Taken out while the others are read.
        let mut plain = op.plain.map(|tensor| std::mem::take(&mut self.windows[tensor]));
        let mut active = op.active.map(|(tensor, _)| std::mem::take(&mut self.windows[tensor]));
        let slope = op.active.map_or(1.0, |(_, slope)| slope);
        let input = &self.windows[op.input];
        let first = op.needs(from, to).0;
        match &op.kind {
            Kind::Spread { phases, .. } => {
                let stride = phases.len() as isize;
                if let Some(plain) = &mut plain {
                    // Strides begin where the output's own columns are a multiple of it; the cut start is in the phases.
                    Arch::new().dispatch(Spread {
                        input: input.source(from / stride),
                        phases,
                        bias: &op.bias,
                        channels,
                        columns: columns / phases.len(),
                        output: plain.target(from),
                    });
                    if let Some(active) = &mut active {
                        let target = Some(active.target(from));
                        let finish = Finish { adds: [None; 2], scale: 1.0, plain: None, active: target, slope };
                        Arch::new().dispatch(Pass { input: plain.source(from), channels, columns, finish });
                    }
                }
            }
            kind => {
                let add = |i: usize| op.adds.get(i).map(|tensor| self.windows[*tensor].source(from));
                let finish = Finish {
                    adds: [add(0), add(1)],
                    scale: op.scale,
                    plain: plain.as_mut().map(|window| window.target(from)),
                    active: active.as_mut().map(|window| window.target(from)),
                    slope,
                };
                let input = input.source(first);
                match kind {
                    Kind::Conv { weights, taps, dilation, .. } => Arch::new().dispatch(Conv {
                        input,
                        weights,
                        bias: &op.bias,
                        taps: *taps,
                        dilation: *dilation,
                        channels,
                        columns,
                        finish,
                    }),
                    _ => Arch::new().dispatch(Pass { input, channels, columns, finish }),
                }
            }
        }
        for (window, tensor) in plain.into_iter().chain(active).zip(op.outputs()) {
            self.windows[tensor] = window;
            self.windows[tensor].end = to;
            if to == self.length(tensor) {
                self.windows[tensor].clear_from(channels, to);
            }
        }
    }
}
