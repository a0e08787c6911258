//! The second engine: the same voices on ONNX Runtime, which is loaded when it is needed. The two engines check each other.
//!
//! It is given the very ids that the first engine is given. (The crate piper-rs makes ids of its own and leaves out the one that
//! pads the start, which costs the first sound of an utterance, so ONNX Runtime is called directly.) Its noise has no seed: with noise
//! two runs differ, and a take is reproducible only from the cache.

use super::{Config, Ids, PiperOptions, engine, file, phonemes, scale, speaker, trim};
use crate::{
    audio::{Clip, SampleRate},
    plan::Utterance,
    speech::{Prompt, SpeechError, Voice},
};
use ort::{session::Session, value::Tensor};
use std::{
    env,
    path::{Path, PathBuf},
    sync::{Mutex, OnceLock, PoisonError},
};

/// Where the library is looked for when `ORT_DYLIB_PATH` does not say.
const LIBRARIES: [&str; 6] = [
    "/usr/lib/libonnxruntime.so",
    "/usr/lib64/libonnxruntime.so",
    "/usr/lib/x86_64-linux-gnu/libonnxruntime.so",
    "/usr/lib/aarch64-linux-gnu/libonnxruntime.so",
    "/usr/local/lib/libonnxruntime.so",
    "/opt/homebrew/lib/libonnxruntime.dylib",
];

/// A Piper voice on ONNX Runtime. Each thread that speaks with it has a session of its own, of one thread.
pub struct OnnxRuntimeVoice {
    model: Vec<u8>,
    config: Config,
    speaker: Option<i64>,
    identity: String,
    sessions: Mutex<Vec<Session>>,
}

impl std::fmt::Debug for OnnxRuntimeVoice {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("OnnxRuntimeVoice").field("identity", &self.identity).finish_non_exhaustive()
    }
}

impl OnnxRuntimeVoice {
    /// Loads `onnx` and the `.onnx.json` beside it.
    ///
    /// # Errors
    ///
    /// When ONNX Runtime is not there, a file cannot be read or is no Piper voice, or it has no such speaker.
    pub fn load(onnx: &Path, options: &PiperOptions) -> Result<Self, SpeechError> {
        static LIBRARY: OnceLock<Result<(), String>> = OnceLock::new();
        LIBRARY.get_or_init(load_library).clone().map_err(engine)?;
        let mut json = onnx.as_os_str().to_owned();
        json.push(".json");
        let json = PathBuf::from(json);
        let malformed = |path: &Path, reason: String| SpeechError::Malformed { path: path.into(), reason };
        let (mut config, json_bytes) = Config::read(&json)?;
        config.noise = scale("noise", options.noise, config.noise).map_err(engine)?;
        config.noise_w = scale("noise_w", options.noise_w, config.noise_w).map_err(engine)?;
        let speaker = speaker(&config, options.speaker.as_ref()).map_err(|reason| malformed(&json, reason))?;
        let (model, hash) = file::read(onnx, &json_bytes)?;
        let identity = format!(
            "onnxruntime 1 {hash} noise {} {} length {} speaker {speaker}",
            config.noise, config.noise_w, config.length
        );
        let first = session(&model).map_err(|reason| malformed(onnx, reason))?;
        let speaker = (config.speakers > 1).then_some(i64::from(speaker));
        Ok(Self { model, config, speaker, identity, sessions: Mutex::new(vec![first]) })
    }

    fn infer(&self, session: &mut Session, ids: &Ids, length: f32) -> ort::Result<Vec<f32>> {
        let count = ids.ids.len();
        let input: Vec<i64> = ids.ids.iter().map(|id| i64::from(*id)).collect();
        let input = Tensor::from_array(([1, count], input))?;
        let lengths = Tensor::from_array(([1], vec![count as i64]))?;
        let scales = Tensor::from_array(([3], vec![self.config.noise, length, self.config.noise_w]))?;
        let outputs = match self.speaker {
            Some(speaker) => {
                let speaker = Tensor::from_array(([1], vec![speaker]))?;
                session.run(
                    ort::inputs!["input" => input, "input_lengths" => lengths, "scales" => scales, "sid" => speaker],
                )?
            }
            None => session.run(ort::inputs!["input" => input, "input_lengths" => lengths, "scales" => scales])?,
        };
        let (_, samples) = outputs[0].try_extract_tensor::<f32>()?;
        Ok(samples.to_vec())
    }
}

impl Voice for OnnxRuntimeVoice {
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
        let ids = Ids::new(prompt, &self.config);
        let rate = self.config.rate;
        if ids.ids.is_empty() {
            return Ok(Clip { samples: Vec::new(), rate });
        }
        let free = self.sessions.lock().unwrap_or_else(PoisonError::into_inner).pop();
        let mut session = match free {
            Some(session) => session,
            None => session(&self.model).map_err(engine)?,
        };
        let samples = self.infer(&mut session, &ids, self.config.length / prompt.pace);
        self.sessions.lock().unwrap_or_else(PoisonError::into_inner).push(session);
        let samples = samples.map_err(|error| engine(error.to_string()))?;
        Ok(Clip { samples: trim(samples, rate), rate })
    }
}

fn session(model: &[u8]) -> Result<Session, String> {
    let session = || -> ort::Result<Session> { Session::builder()?.with_intra_threads(1)?.commit_from_memory(model) };
    session().map_err(|error| format!("ONNX Runtime cannot load it: {error}"))
}

fn load_library() -> Result<(), String> {
    let help = "install ONNX Runtime and set ORT_DYLIB_PATH to its library, libonnxruntime.so";
    let asked = env::var_os("ORT_DYLIB_PATH").filter(|path| !path.is_empty()).map(PathBuf::from);
    let path = match asked {
        Some(path) if path.is_file() => path,
        Some(path) => return Err(format!("ORT_DYLIB_PATH names {}, which is not there; {help}", path.display())),
        None => {
            let found = LIBRARIES.iter().map(PathBuf::from).find(|path| path.is_file());
            found.ok_or_else(|| format!("ONNX Runtime is not installed; {help}"))?
        }
    };
    let environment = ort::init_from(&path).map_err(|error| format!("cannot load {}: {error}", path.display()))?;
    environment.with_telemetry(false).commit();
    Ok(())
}
