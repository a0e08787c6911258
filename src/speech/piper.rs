//! The default engine: any Piper voice, that is VITS, on `rten` and a decoder of our own.
//!
//! A voice is run in three parts. The first makes lengths of phonemes out of ids, the second a latent out of those and of
//! noise; both are run by `rten`. The third makes samples out of the latent, takes most of the time, and is run by `decoder`.
//! Where a voice's decoder is not understood, `rten` runs that too. All randomness is drawn from the prompt's seed.

mod config;
mod decoder;
mod file;
mod ids;
mod kernels;
mod noise;
mod onnx;
#[cfg(feature = "piper-rs")]
mod onnxruntime;
mod split;
mod weights;

#[cfg(feature = "piper-rs")]
pub use onnxruntime::OnnxRuntimeVoice;

use super::{Prompt, SpeechError, Voice, phonemes};
use crate::{
    audio::{Clip, SampleRate, fade_edges},
    plan::Utterance,
};
use config::Config;
use decoder::{Decoder, Scratch};
use ids::Ids;
use noise::Noise;
use rten::{Model, ModelOptions, RunOptions, ThreadPool, Value, ValueOrView};
use rten_tensor::{NdTensor, Tensor, prelude::*};
use split::{Part, Split};
use std::{
    collections::HashMap,
    fmt,
    ops::ControlFlow,
    path::{Path, PathBuf},
    sync::{Arc, Mutex, PoisonError},
    thread,
};
use weights::Slim;

/// The most frames of one inference: at 256 samples a frame and 22,050 Hz eleven minutes.
const MAX_FRAMES: usize = 1 << 16;

/// Below this a voice is silent: -50 dBFS.
pub(super) const SILENCE: f32 = 0.003_162_277_7;

/// Kept before the first and after the last sound, in seconds.
pub(super) const GUARD: f32 = 0.010;

/// The length of the fades at both ends, in seconds.
pub(super) const FADE: f32 = 0.005;

/// Changes whenever the samples for the same prompt change.
const REVISION: u32 = 1;

/// Which of a voice's speakers speaks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Speaker {
    /// By number, from 0.
    Number(u32),
    /// By the name that the voice gives to it.
    Name(String),
}

/// How a voice is to speak.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct PiperOptions {
    /// Which speaker; the first when absent.
    pub speaker: Option<Speaker>,
    /// How much noise the sound is made from, 0 to 10; as the voice says when absent.
    pub noise: Option<f32>,
    /// How much the lengths of phonemes vary, 0 to 10; as the voice says when absent.
    pub noise_w: Option<f32>,
    /// Leaves all of the voice to `rten`; for comparing the two.
    pub rten_only: bool,
}

/// What is spoken, before it is sound.
#[derive(Debug, Clone, PartialEq)]
pub struct Latent(Spoken);

#[derive(Debug, Clone, PartialEq)]
enum Spoken {
    /// Rows of `frames` numbers, to be decoded.
    Frames { data: Vec<f32>, frames: usize },
    /// Samples, where `rten` runs the whole voice.
    Samples(Vec<f32>),
}

/// A Piper voice.
///
/// Any number of threads may speak with it at once; each utterance is worked out on one core.
pub struct PiperVoice {
    config: Config,
    speaker: Option<i32>,
    identity: String,
    text: Engine,
    flow: Engine,
    decoder: Option<Decoder>,
    length_noise: Option<String>,
    latent_noise: String,
    latent_shape: String,
    lengths: Option<String>,
    /// What workers need for themselves and leave behind for the next.
    workers: Mutex<Vec<Worker>>,
}

impl fmt::Debug for PiperVoice {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PiperVoice").field("identity", &self.identity).finish_non_exhaustive()
    }
}

/// A model that is ready to run.
struct Engine {
    model: Model,
    inputs: Vec<String>,
    outputs: Vec<String>,
}

struct Worker {
    /// One thread: utterances side by side are faster than threads within one.
    threads: Arc<ThreadPool>,
    scratch: Scratch,
}

impl PiperVoice {
    /// Loads `onnx` and the `.onnx.json` beside it.
    ///
    /// # Errors
    ///
    /// When a file cannot be read, is no Piper voice, is cut off, or has no such speaker.
    pub fn load(onnx: &Path, options: &PiperOptions) -> Result<Self, SpeechError> {
        let mut json = onnx.as_os_str().to_owned();
        json.push(".json");
        let json = PathBuf::from(json);
        let malformed = |path: &Path, reason: String| SpeechError::Malformed { path: path.into(), reason };
        let (mut config, json_bytes) = Config::read(&json)?;
        config.noise = scale("noise", options.noise, config.noise).map_err(engine)?;
        config.noise_w = scale("noise_w", options.noise_w, config.noise_w).map_err(engine)?;
        let speaker = speaker(&config, options.speaker.as_ref()).map_err(|reason| malformed(&json, reason))?;
        let (bytes, hash) = file::read(onnx, &json_bytes)?;
        let (split, text, flow, takes_speaker) = load(bytes, options).map_err(|reason| malformed(onnx, reason))?;
        let identity = format!(
            "piper {REVISION} {hash} noise {} {} length {} speaker {} decoder {}",
            config.noise,
            config.noise_w,
            config.length,
            speaker,
            if split.decoder.is_some() { "native" } else { "rten" },
        );
        Ok(Self {
            config,
            speaker: takes_speaker.then_some(speaker as i32),
            identity,
            text,
            flow,
            decoder: split.decoder,
            length_noise: split.length_noise,
            latent_noise: split.latent_noise,
            latent_shape: split.latent_shape,
            lengths: split.lengths,
            workers: Mutex::new(Vec::new()),
        })
    }

    /// The espeak-ng voice that makes this voice's phonemes.
    #[must_use]
    pub fn espeak_voice(&self) -> &str {
        &self.config.espeak_voice
    }

    /// The names of the voice's speakers; none when it has one.
    pub fn speakers(&self) -> impl Iterator<Item = &str> {
        self.config.speaker_ids.keys().map(String::as_str)
    }

    /// Phonemes of a prompt that the voice does not know and leaves out.
    #[must_use]
    pub fn unknown_phonemes(&self, prompt: &Prompt) -> Vec<char> {
        Ids::new(prompt, &self.config).unknown
    }

    /// Works out the first and smaller part of what is spoken.
    ///
    /// # Errors
    ///
    /// When the engine fails, or the prompt's pace is not between 0.1 and 10.
    pub fn latent(&self, prompt: &Prompt) -> Result<Latent, SpeechError> {
        self.latent_on(prompt, None)
    }

    /// The same on cores of its own, or on that of a worker.
    fn latent_on(&self, prompt: &Prompt, cores: Option<&Arc<ThreadPool>>) -> Result<Latent, SpeechError> {
        if !(0.1..=10.0).contains(&prompt.pace) {
            return Err(engine(format!("the pace is {}; 0.1 to 10 is allowed", prompt.pace)));
        }
        let ids = Ids::new(prompt, &self.config);
        let noise = Noise::new(prompt.seed, &ids.ids, prompt.pace);
        self.latent_of(&ids, self.config.length / prompt.pace, noise, cores)
    }

    fn latent_of(
        &self,
        ids: &Ids,
        length: f32,
        noise: Noise,
        cores: Option<&Arc<ThreadPool>>,
    ) -> Result<Latent, SpeechError> {
        if ids.ids.is_empty() {
            return Ok(Latent(Spoken::Samples(Vec::new())));
        }
        self.with_worker(|worker| {
            let threads = cores.unwrap_or(&worker.threads);
            // On a thread of its own, so that waiting for it cannot make a rayon worker begin another utterance meanwhile. A
            // panic inside of the engine ends that thread, not the program.
            thread::scope(|scope| scope.spawn(|| self.infer(ids, length, noise, threads)).join())
                .unwrap_or_else(|_| Err("it stopped unexpectedly".into()))
                .map_err(engine)
        })
    }

    fn infer(&self, ids: &Ids, length: f32, mut noise: Noise, threads: &Arc<ThreadPool>) -> Result<Latent, String> {
        let count = ids.ids.len();
        let mut known: HashMap<&str, Value> = HashMap::new();
        known.insert("input", NdTensor::from_data([1, count], ids.ids.clone()).into());
        known.insert("input_lengths", NdTensor::from_data([1], vec![count as i32]).into());
        known.insert("scales", NdTensor::from_data([3], vec![self.config.noise, length, self.config.noise_w]).into());
        if let Some(speaker) = self.speaker {
            known.insert("sid", NdTensor::from_data([1], vec![speaker]).into());
        }
        if let Some(name) = &self.length_noise {
            known.insert(name, NdTensor::from_data([1, 2, count], noise.draw(2 * count)).into());
        }
        if let Some(name) = &self.lengths {
            let lengths: Vec<f32> = ids.stretch.iter().map(|stretch| stretch * length).collect();
            known.insert(name, NdTensor::from_data([1, 1, count], lengths).into());
        }
        let made = self.text.run(&known, threads)?;
        known.extend(self.text.outputs.iter().map(String::as_str).zip(made));
        let shape = known.get(self.latent_shape.as_str()).map(|value| value.shape().to_vec()).unwrap_or_default();
        let &[1, channels, frames] = shape.as_slice() else {
            return Err(format!("its latent has the shape {shape:?}"));
        };
        if frames > MAX_FRAMES || channels > 4096 {
            return Err(format!("one utterance would have {frames} frames; at most {MAX_FRAMES} are allowed"));
        }
        let drawn = NdTensor::from_data([1, channels, frames], noise.draw(channels * frames));
        known.insert(&self.latent_noise, drawn.into());
        let latent = self.flow.run(&known, threads)?.pop().ok_or("it made no latent")?;
        let latent: Tensor<f32> = latent.try_into().map_err(|_| "its latent is not made of floats")?;
        let last = latent.shape().last().copied().unwrap_or(0);
        let data = latent.into_data();
        if data.iter().any(|x| !x.is_finite()) {
            return Err("it made something that is not a number".into());
        }
        Ok(Latent(match &self.decoder {
            Some(_) => Spoken::Frames { data, frames: last },
            None => Spoken::Samples(data),
        }))
    }

    /// Makes a latent into samples, untrimmed.
    ///
    /// # Errors
    ///
    /// When the latent is another voice's.
    pub fn decode(&self, latent: Latent) -> Result<Vec<f32>, SpeechError> {
        if let Latent(Spoken::Samples(samples)) = latent {
            return Ok(samples);
        }
        let mut samples = Vec::new();
        self.decode_steps(&latent, |step| {
            samples.extend_from_slice(step);
            ControlFlow::Continue(())
        })?;
        Ok(samples)
    }

    /// Makes a latent into samples, untrimmed, and hands out each few frames as soon as they are made, until told to stop.
    ///
    /// # Errors
    ///
    /// When the latent is another voice's.
    pub fn decode_steps(
        &self,
        latent: &Latent,
        mut each: impl FnMut(&[f32]) -> ControlFlow<()>,
    ) -> Result<(), SpeechError> {
        let (data, frames) = match &latent.0 {
            Spoken::Samples(samples) => {
                let _ = each(samples);
                return Ok(());
            }
            Spoken::Frames { data, frames } => (data, *frames),
        };
        self.with_worker(|worker| {
            let stream = self.decoder.as_ref().and_then(|d| d.stream(data, frames, &mut worker.scratch));
            let mut stream = stream.ok_or_else(|| engine("the latent is not this voice's".into()))?;
            let mut step = Vec::new();
            while stream.next_into(&mut step) && each(&step).is_continue() {
                step.clear();
            }
            Ok(())
        })
    }

    fn with_worker<T>(&self, work: impl FnOnce(&mut Worker) -> T) -> T {
        let kept = self.workers.lock().unwrap_or_else(PoisonError::into_inner).pop();
        let mut worker = kept.unwrap_or_else(|| Worker {
            threads: Arc::new(ThreadPool::with_num_threads(1)),
            scratch: Scratch::default(),
        });
        let result = work(&mut worker);
        self.workers.lock().unwrap_or_else(PoisonError::into_inner).push(worker);
        result
    }
}

impl Voice for PiperVoice {
    fn sample_rate(&self) -> SampleRate {
        self.config.rate
    }

    fn identity(&self) -> &str {
        &self.identity
    }

    fn prompt(&self, utterance: &Utterance) -> Result<Prompt, SpeechError> {
        phonemes::prompt(utterance, &self.config.espeak_voice)
    }

    fn speak(&self, prompt: &Prompt) -> Result<Clip, SpeechError> {
        let latent = self.latent(prompt)?;
        let samples = self.decode(latent)?;
        Ok(Clip { samples: trim(samples, self.config.rate), rate: self.config.rate })
    }

    fn speak_early(&self, prompt: &Prompt, each: &mut dyn FnMut(&[f32])) -> Result<Clip, SpeechError> {
        // It is waited for, so every core helps; the samples do not depend on how many do.
        let cores = thread::available_parallelism().map_or(1, usize::from);
        let latent = self.latent_on(prompt, Some(&Arc::new(ThreadPool::with_num_threads(cores))))?;
        let mut samples = Vec::new();
        self.decode_steps(&latent, |step| {
            samples.extend_from_slice(step);
            each(step);
            ControlFlow::Continue(())
        })?;
        Ok(Clip { samples: trim(samples, self.config.rate), rate: self.config.rate })
    }
}

impl Engine {
    fn load(part: Part, options: &ModelOptions) -> Result<Self, String> {
        let Part { model, inputs, outputs } = part;
        let model = options.load(model).map_err(|error| format!("the engine cannot load it: {error}"))?;
        Ok(Self { model, inputs, outputs })
    }

    fn run(&self, known: &HashMap<&str, Value>, threads: &Arc<ThreadPool>) -> Result<Vec<Value>, String> {
        let missing = |name: &str| format!("a part of it has no {name}");
        let id = |name: &String| self.model.find_node(name).ok_or_else(|| missing(name));
        let input = |name: &String| {
            let value = known.get(name.as_str()).ok_or_else(|| missing(name))?;
            Ok::<_, String>((id(name)?, ValueOrView::from(value)))
        };
        let inputs = self.inputs.iter().map(input).collect::<Result<Vec<_>, _>>()?;
        let outputs = self.outputs.iter().map(id).collect::<Result<Vec<_>, _>>()?;
        let options = RunOptions::default().with_thread_pool(Some(Arc::clone(threads)));
        self.model.run(inputs, &outputs, Some(options)).map_err(|error| error.to_string())
    }
}

/// Reads a graph, takes it apart and loads the parts; also says whether it wants to know the speaker.
fn load(bytes: Vec<u8>, options: &PiperOptions) -> Result<(Split, Engine, Engine, bool), String> {
    let Slim { model, weights } = Slim::new(bytes).map_err(|error| error.to_string())?;
    let graph = onnx::Graph::read(&model, &weights).map_err(|error| error.to_string())?;
    let takes_speaker = graph.inputs().any(|name| name == "sid");
    let mut split = Split::new(&graph, !options.rten_only).map_err(|error| error.to_string())?;
    let (text, flow) = (split.text.take(), split.flow.take());
    // The engine takes well-formed models for granted here and there; a panic of its own ends a thread, not the program.
    let engines = thread::spawn(move || {
        let mut options = ModelOptions::with_all_ops();
        // Weights that are laid out anew for products cost time at the start and did not make speech measurably faster.
        options.external_data(weights::NAME, weights);
        Ok::<_, String>((Engine::load(text, &options)?, Engine::load(flow, &options)?))
    });
    let (text, flow) = engines.join().map_err(|_| "the engine stopped while loading it".to_owned())??;
    Ok((split, text, flow, takes_speaker))
}

fn engine(reason: String) -> SpeechError {
    SpeechError::Engine { reason }
}

fn scale(name: &str, wanted: Option<f32>, own: f32) -> Result<f32, String> {
    match wanted {
        Some(value) if !(0.0..=10.0).contains(&value) => Err(format!("{name} is {value}; 0 to 10 is allowed")),
        value => Ok(value.unwrap_or(own)),
    }
}

/// The number of the speaker who is asked for.
fn speaker(config: &Config, wanted: Option<&Speaker>) -> Result<u32, String> {
    let count = config.speakers;
    match wanted {
        None => Ok(0),
        Some(Speaker::Number(n)) if *n < count => Ok(*n),
        Some(Speaker::Number(n)) => Err(format!("it has no speaker {n}; it has {count}, numbered from 0")),
        Some(Speaker::Name(name)) => match config.speaker_ids.get(name) {
            Some(n) if *n < count => Ok(*n),
            Some(n) => Err(format!("its speaker \"{name}\" has number {n}, but it has {count} speakers")),
            None if config.speaker_ids.is_empty() => {
                Err(format!("it has no speaker \"{name}\"; its speakers have no names"))
            }
            None => {
                let names: Vec<&str> = config.speaker_ids.keys().take(20).map(String::as_str).collect();
                Err(format!("it has no speaker \"{name}\"; it has {}", names.join(", ")))
            }
        },
    }
}

/// Takes the silence off both ends, but for a guard, and fades them.
///
/// [`super::early`] finds the beginning of the same while the rest is still being made.
fn trim(mut samples: Vec<f32>, rate: SampleRate) -> Vec<f32> {
    let length = |seconds: f32| (seconds * rate.hertz() as f32).round() as usize;
    let loud = |sample: &f32| sample.abs() >= SILENCE;
    let (Some(first), Some(last)) = (samples.iter().position(loud), samples.iter().rposition(loud)) else {
        return Vec::new();
    };
    samples.truncate(last + 1 + length(GUARD));
    samples.drain(..first.saturating_sub(length(GUARD)));
    fade_edges(&mut samples, length(FADE));
    samples
}

#[cfg(test)]
mod tests;
