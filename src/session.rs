//! A session from its script to its sink: the only module that knows every stage.

mod balance;
mod live;
mod picture;
mod sheet;
mod spoken;

pub use balance::Balance;
pub use live::{Doing, Live, Spot};
pub use picture::picture_of_sound;

use crate::{
    audio::{Decibels, Frames, SampleRate, Stereo},
    bed::{self, Bed, LoopMode, Sounds},
    error::Error,
    master::{Loudness, Master, Preset, Target},
    mix::{Mix, Stem},
    plan::{self, CueKind, Plan, Settings, Utterance},
    plot::Picture,
    script::{
        self, Access, BedSource, Script, Source, Spanned,
        diagnostic::{Diagnostic, Severity, settle},
    },
    sink::{Rf64, Samples, Sink, WavOptions, WavSink, WavSpec},
    speech::{
        Voice,
        cache::Cache,
        catalog,
        piper::{PiperOptions, PiperVoice, Speaker},
        tone::ToneVoice,
        wording,
    },
    timeline::Timeline,
};
use rayon::prelude::*;
use std::{
    path::{Path, PathBuf},
    time::{Duration, Instant},
};

/// How a file bed is looped when the script does not say.
const LOOP_CROSSFADE: Duration = Duration::from_secs(3);

/// The stages that take time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stage {
    /// Utterances are spoken.
    Speaking,
    /// Frames are mixed, mastered and written.
    Mixing,
}

/// Looks on while a session is made.
pub trait Watch: Sync {
    /// A stage begins that has so many steps.
    fn begin(&self, stage: Stage, steps: u64);
    /// So many steps of it were made.
    fn advance(&self, steps: u64);
    /// Something went wrong that the result bears.
    fn warn(&self, message: &str);
    /// Whether to stop.
    fn stopped(&self) -> bool;
}

/// Sees nothing and never stops.
#[derive(Debug, Clone, Copy)]
pub struct Unwatched;

impl Watch for Unwatched {
    fn begin(&self, _: Stage, _: u64) {}
    fn advance(&self, _: u64) {}
    fn warn(&self, _: &str) {}
    fn stopped(&self) -> bool {
        false
    }
}

/// Which engine runs a voice's model.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Engine {
    /// `rten`, and our own decoder.
    #[default]
    Rten,
    /// ONNX Runtime, loaded at run time.
    OnnxRuntime,
}

/// Where things are found and how they are made, beside what the script says.
#[derive(Debug, Clone)]
pub struct Studio {
    /// Folders of voices, in the order in which they are searched.
    pub voices: Vec<PathBuf>,
    /// Folders of bed recipes, in the order in which they are searched.
    pub ambience: Vec<PathBuf>,
    /// Folders that includes, beds and sounds may lie in, beside the script's own.
    pub access: Access,
    /// The engine.
    pub engine: Engine,
    /// The rate of the result.
    pub rate: SampleRate,
    /// How many threads work; 0 is one a core.
    pub threads: usize,
    /// Takes that were spoken before.
    pub cache: Option<Cache>,
    /// A folder for the stems of what is rendered; none are written without one.
    pub stems: Option<PathBuf>,
}

/// A script that was read and planned, its beds opened.
pub struct Prepared {
    /// The plan.
    pub plan: Plan,
    /// The texts that its spans point into.
    pub sources: Vec<Source>,
    /// Advice and warnings.
    pub remarks: Vec<Diagnostic>,
    /// Whether the finished speech is held against what lies under it.
    pub compare: bool,
    /// Whether the session is drawn, too, from what was spoken for its sound.
    pub draw: bool,
    beds: Vec<Bed>,
    sounds: Sounds,
    room: Option<(Bed, Decibels)>,
    target: Target,
}

/// How long each stage took.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Seconds {
    /// Reading, planning, opening voices and beds.
    pub prepare: Duration,
    /// Speaking.
    pub speak: Duration,
    /// Mixing and mastering.
    pub mix: Duration,
    /// Encoding the frames and writing them where they stay.
    pub write: Duration,
}

/// What is known of a finished session.
#[derive(Debug, Clone)]
pub struct Rendered<Done> {
    /// What the sink says.
    pub done: Done,
    /// When everything is heard.
    pub timeline: Timeline,
    /// Utterances that are different.
    pub utterances: usize,
    /// How many of them were spoken now.
    pub synthesized: usize,
    /// How many of them had been spoken before.
    pub from_cache: usize,
    /// Levels of the result.
    pub loudness: Loudness,
    /// Speech against what lies under it, when that was asked for.
    pub balance: Option<Balance>,
    /// The session over time, when that was asked for.
    pub picture: Option<Picture>,
    /// Time that it took.
    pub seconds: Seconds,
}

/// Reads a script: text to tree, includes resolved.
///
/// # Errors
///
/// When it cannot be read or has mistakes.
pub fn read(path: &Path, access: &Access) -> Result<(Script, Vec<Diagnostic>), Error> {
    let parsed = script::load(path, access)?;
    let (errors, remarks): (Vec<_>, Vec<_>) =
        parsed.diagnostics.into_iter().partition(|diagnostic| diagnostic.severity == Severity::Error);
    if errors.is_empty() {
        Ok((parsed.script, remarks))
    } else {
        Err(Error::Script { diagnostics: errors, sources: parsed.script.sources })
    }
}

impl Studio {
    /// Does everything that can fail because of the script, its beds and its levels: after it only the voice, the disk and the
    /// wanted length are left.
    ///
    /// # Errors
    ///
    /// When the script cannot be read, has mistakes, or names what is not there.
    pub fn prepare(&self, path: &Path, settings: &Settings) -> Result<Prepared, Error> {
        let (script, remarks) = read(path, &self.access)?;
        let mut prepared = self.prepare_script(script, path, settings)?;
        prepared.remarks.splice(..0, remarks);
        Ok(prepared)
    }

    /// The same for a script that was read; `path` is what its files are relative to.
    ///
    /// # Errors
    ///
    /// As [`Studio::prepare`].
    pub fn prepare_script(&self, script: Script, path: &Path, settings: &Settings) -> Result<Prepared, Error> {
        let (mut plan, mut diagnostics) = plan::draft(&script, settings);
        let target = target(&plan, &script, &mut diagnostics);
        let mut remarks = Vec::new();
        let beds = self.beds(&plan, path, &mut diagnostics, &mut remarks);
        let sounds = self.sounds(&mut plan, path, &script.sources, &mut diagnostics);
        let room = plan.profile.room.filter(|_| !settings.no_bed);
        let room = room.map(|level| (Bed::room(self.rate, plan.seed), level));
        for name in plan.voices.iter().flatten() {
            if let Err(unknown) = self.find_voice(name) {
                if !names_voice(&script, name) {
                    return Err(unknown.into());
                }
                let span = script.front.voice.as_ref().filter(|voice| voice.value == *name).map(|voice| voice.span);
                let span = span.or_else(|| voice_span(&script.body, name)).unwrap_or_default();
                diagnostics.push(Diagnostic::error("unknown-voice", span, unknown.to_string()).with_help(unknown.help));
            }
        }
        if diagnostics.is_empty() {
            Ok(Prepared {
                plan,
                sources: script.sources,
                remarks,
                compare: false,
                draw: false,
                beds,
                sounds,
                room,
                target,
            })
        } else {
            settle(&mut diagnostics);
            Err(Error::Script { diagnostics, sources: script.sources })
        }
    }

    fn beds(
        &self,
        plan: &Plan,
        path: &Path,
        diagnostics: &mut Vec<Diagnostic>,
        remarks: &mut Vec<Diagnostic>,
    ) -> Vec<Bed> {
        let mut beds = Vec::new();
        for bed in &plan.beds {
            let span = match &bed.source {
                BedSource::Recipe(name) | BedSource::File(name) => name.span,
            };
            let file = match &bed.source {
                BedSource::File(file) => self.access.resolve(path, &file.value).map(Some),
                BedSource::Recipe(_) => Ok(None),
            };
            let source = match (&bed.source, &file) {
                (_, Ok(Some(path))) => bed::Source::File {
                    path,
                    looping: bed.looping.unwrap_or(LoopMode::Crossfade(LOOP_CROSSFADE)),
                    points: bed.loop_points,
                },
                (BedSource::Recipe(name), _) => bed::Source::Recipe { name: &name.value, dirs: &self.ambience },
                (_, Err(error)) => {
                    diagnostics.push(Diagnostic::error("bed-file", span, error.to_string()));
                    continue;
                }
                (BedSource::File(_), Ok(None)) => continue,
            };
            match Bed::open(source, self.rate, plan.seed) {
                Ok(bed) => {
                    let warn = |warning: &String| Diagnostic::warning("bed", span, warning.clone());
                    remarks.extend(bed.warnings().iter().map(warn));
                    beds.push(bed);
                }
                Err(error) => diagnostics.push(Diagnostic::error("bed", span, chain(&error))),
            }
        }
        beds
    }

    /// Opens the sound files that cues play, each relative to the script that names it.
    fn sounds(&self, plan: &mut Plan, path: &Path, sources: &[Source], diagnostics: &mut Vec<Diagnostic>) -> Sounds {
        let mut sounds = Sounds::default();
        let mut lengths = Vec::new();
        let access = self.access.with_home(path);
        for (i, cue) in plan.cues.iter().enumerate() {
            let file = match &cue.kind {
                CueKind::Sound { file, .. } => file,
                CueKind::Bell { name, .. } if script::is_sound_file(name) => name,
                _ => continue,
            };
            let included = (cue.span.file.0 as usize).checked_sub(1).and_then(|i| sources.get(i + 1));
            let path = match access.resolve(included.map_or(path, |source| &source.path), file) {
                Ok(path) => path,
                Err(error) => {
                    diagnostics.push(Diagnostic::error("sound-file", cue.span, error.to_string()));
                    continue;
                }
            };
            match sounds.open(i, &path, self.rate) {
                Ok(sound) => lengths.push((i, self.rate.duration(sound.length().unwrap_or(Frames(0))))),
                Err(error) => diagnostics.push(Diagnostic::error("sound-file", cue.span, chain(&error))),
            }
        }
        for (cue, length) in lengths {
            plan.set_sound_length(cue, length);
        }
        sounds
    }

    fn find_voice(&self, name: &str) -> Result<Option<PathBuf>, catalog::UnknownVoice> {
        if name == ToneVoice::NAME {
            return Ok(None);
        }
        let (model, _) = name.split_once('#').unwrap_or((name, ""));
        catalog::find(model, &self.voices).map(Some)
    }

    /// Opens a voice by its name, `NAME#SPEAKER`, or the path of its folder or model.
    ///
    /// # Errors
    ///
    /// When there is none of that name, or it cannot be loaded.
    pub fn voice(&self, name: Option<&str>) -> Result<Box<dyn Voice + Send>, Error> {
        let name = name.unwrap_or(catalog::DEFAULT_VOICE);
        let Some(model) = self.find_voice(name)? else { return Ok(Box::new(ToneVoice::new(SampleRate::HZ_48000))) };
        let speaker = name.split_once('#').map(|(_, speaker)| match speaker.parse() {
            Ok(number) => Speaker::Number(number),
            Err(_) => Speaker::Name(speaker.to_owned()),
        });
        let options = PiperOptions { speaker, ..PiperOptions::default() };
        match self.engine {
            Engine::Rten => Ok(Box::new(PiperVoice::load(&model, &options)?)),
            #[cfg(feature = "piper-rs")]
            Engine::OnnxRuntime => Ok(Box::new(crate::speech::piper::OnnxRuntimeVoice::load(&model, &options)?)),
            #[cfg(not(feature = "piper-rs"))]
            Engine::OnnxRuntime => Err(Error::Request {
                message: "this undertone was built without ONNX Runtime".to_owned(),
                help: "build it with: cargo build --release --features piper-rs".to_owned(),
            }),
        }
    }

    /// Speaks a session and hands its frames to a sink.
    ///
    /// `open` makes the sink once the exact length is known and before a frame is made.
    ///
    /// # Errors
    ///
    /// When a voice fails, the wanted length cannot be reached, or the sink cannot take the frames.
    pub fn render<S: Sink>(
        &self,
        prepared: Prepared,
        watch: &dyn Watch,
        began: Instant,
        open: impl FnOnce(&Timeline) -> Result<S, Error>,
    ) -> Result<Rendered<S::Done>, Error> {
        let pool = self.pool()?;
        let (compare, draw) = (prepared.compare, prepared.draw);
        let spoken = self.spoken(&pool, prepared, watch)?;
        let sink = open(spoken.score.timeline())?;
        let speaking_done = Instant::now();

        let mix = spoken.mix();
        if let Some(folder) = &self.stems {
            self.write_stems(&pool, &mix, folder, watch)?;
        }
        let stems_done = Instant::now();
        let (done, loudness, write) = self.master(&pool, &mix, spoken.target, sink, watch)?;
        let mixing_done = Instant::now();
        let balance = compare.then(|| Balance::measure(&mix, spoken.score.timeline()));
        let picture = draw.then(|| self.drawn(&pool, &spoken, watch)).transpose()?;
        if let Some(cache) = &self.cache {
            cache.trim();
        }
        let utterances = spoken.fitted.plan().utterances.len();
        Ok(Rendered {
            done,
            timeline: spoken.score.into_timeline(),
            utterances,
            synthesized: spoken.synthesized,
            from_cache: utterances - spoken.synthesized,
            loudness,
            balance,
            picture,
            seconds: Seconds {
                prepare: spoken.opened - began,
                speak: speaking_done - spoken.opened,
                mix: (mixing_done - stems_done).saturating_sub(write),
                write,
            },
        })
    }

    fn pool(&self) -> Result<rayon::ThreadPool, Error> {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(self.threads).build();
        pool.map_err(|source| Error::Threads { threads: self.threads, source })
    }

    /// Mixes in blocks side by side; the limiter and the sink take them in order.
    fn master<S: Sink>(
        &self,
        pool: &rayon::ThreadPool,
        mix: &Mix<'_>,
        target: Target,
        mut sink: S,
        watch: &dyn Watch,
    ) -> Result<(S::Done, Loudness, Duration), Error> {
        let mut master = Master::new(self.rate, target).measured(self.rate);
        let mut writing = Duration::ZERO;
        watch.begin(Stage::Mixing, mix.length().0);
        in_blocks(pool, mix, &Stem::ALL, watch, |block| {
            let ready = master.process(block);
            let began = Instant::now();
            sink.write(ready)?;
            writing += began.elapsed();
            Ok(())
        })?;
        let (rest, loudness) = master.finish();
        let silence =
            Loudness { integrated: None, range: 0.0, true_peak: f64::NEG_INFINITY, sample_peak: f64::NEG_INFINITY };
        let began = Instant::now();
        sink.write(&rest)?;
        let done = sink.finish()?;
        Ok((done, loudness.unwrap_or(silence), writing + began.elapsed()))
    }

    /// Writes each stem as it is before mastering, in floats: together they are the mix.
    fn write_stems(
        &self,
        pool: &rayon::ThreadPool,
        mix: &Mix<'_>,
        folder: &Path,
        watch: &dyn Watch,
    ) -> Result<(), Error> {
        std::fs::create_dir_all(folder).map_err(|source| Error::Stems { folder: folder.to_owned(), source })?;
        let spec = WavSpec { rate: self.rate, samples: Samples::Float32 };
        watch.begin(Stage::Mixing, mix.length().0 * Stem::ALL.len() as u64);
        for stem in Stem::ALL {
            let options = WavOptions { rf64: Rf64::Auto, ..WavOptions::default() };
            let path = folder.join(stem.name()).with_extension("wav");
            let mut sink = WavSink::create(&path, spec, mix.length(), options)?;
            in_blocks(pool, mix, &[stem], watch, |block| Ok(sink.write(block)?))?;
            sink.finish()?;
        }
        Ok(())
    }
}

/// Reads stems of a mix from its beginning to its end, some blocks side by side, and hands them on in order.
fn in_blocks(
    pool: &rayon::ThreadPool,
    mix: &Mix<'_>,
    stems: &[Stem],
    watch: &dyn Watch,
    mut each: impl FnMut(&mut [Stereo]) -> Result<(), Error>,
) -> Result<(), Error> {
    /// Long enough to share out, short enough to keep many.
    const BLOCK: usize = 1 << 15;
    let total = mix.length().0;
    let lanes = pool.current_num_threads() * 2;
    let mut blocks = vec![vec![Stereo::ZERO; BLOCK]; lanes];
    let mut at = 0;
    while at < total {
        if watch.stopped() {
            return Err(Error::Interrupted);
        }
        let batch = (total - at).min((lanes * BLOCK) as u64);
        pool.install(|| {
            blocks.par_iter_mut().enumerate().for_each(|(lane, block)| {
                let start = (lane * BLOCK) as u64;
                let count = batch.saturating_sub(start).min(BLOCK as u64) as usize;
                block.resize(count, Stereo::ZERO);
                mix.read_stems(stems, Frames(at + start), block);
            });
        });
        for block in &mut blocks {
            each(block)?;
            block.resize(BLOCK, Stereo::ZERO);
        }
        at += batch;
        watch.advance(batch);
    }
    Ok(())
}

/// What a voice is given for an utterance of a plan: its words put as they are said.
#[must_use]
pub fn worded(plan: &Plan, utterance: &Utterance) -> (Utterance, Vec<String>) {
    let language = plan.language.as_deref().unwrap_or("en");
    let worded = wording::word(&utterance.pieces, language, &plan.lexicon);
    (Utterance { pieces: worded.pieces, ..utterance.clone() }, worded.warnings)
}

/// The preset's levels, with what the script says instead.
fn target(plan: &Plan, script: &Script, diagnostics: &mut Vec<Diagnostic>) -> Target {
    let mut target = Preset::Session.target();
    if let Some(Spanned { value, span }) = &script.front.master.preset {
        match value.parse::<Preset>() {
            Ok(preset) => target = preset.target(),
            Err(error) => diagnostics.push(Diagnostic::error("unknown-preset", *span, error.to_string())),
        }
    }
    if let Some(loudness) = plan.profile.loudness {
        target.loudness_lufs = f64::from(loudness);
        target.rms_dbfs = None;
    }
    if let Some(peak) = plan.profile.true_peak {
        target.true_peak_dbtp = f64::from(peak);
    }
    target
}

fn names_voice(script: &Script, name: &str) -> bool {
    script.front.voice.as_ref().is_some_and(|voice| voice.value == name) || voice_span(&script.body, name).is_some()
}

/// Where a script changes to a voice.
fn voice_span(nodes: &[script::Node], wanted: &str) -> Option<script::Span> {
    use script::{Direction, Node};
    nodes.iter().find_map(|node| match node {
        Node::Direction(Spanned { value: Direction::Voice(Some(name)), span }) => (name == wanted).then_some(*span),
        Node::Repeat { body, .. } | Node::Include { body, .. } => voice_span(body, wanted),
        Node::If { arms, otherwise, .. } => {
            arms.iter().find_map(|(_, body)| voice_span(body, wanted)).or_else(|| voice_span(otherwise, wanted))
        }
        Node::Choose { options, .. } => options.iter().find_map(|body| voice_span(body, wanted)),
        _ => None,
    })
}

/// An error and its causes on one line.
#[must_use]
pub fn chain(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(inner) = cause {
        text = format!("{text}: {inner}");
        cause = inner.source();
    }
    text
}
