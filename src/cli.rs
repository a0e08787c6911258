//! Arguments, and talk with a person. One file a command.

mod ask;
mod beds;
mod check;
mod convert;
mod extract;
mod format;
mod inspect;
mod library;
mod measure;
mod new;
mod plan;
mod play;
mod plot;
mod render;
mod say;
mod talk;
mod voices;

use clap::{Args, Parser, Subcommand};
use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
    process::ExitCode,
    time::{Duration, Instant},
};
use talk::Talk;
use undertone::{
    audio::SampleRate,
    error::Error,
    master::Preset,
    plan::{DEFAULT_MAX_DURATION, Settings},
    script::Access,
    session::{Engine, Studio, Watch},
    speech::{cache, catalog},
};

/// Turns a written session into finished sound: a calm voice, exact silences, an ambience underneath.
#[derive(Debug, Parser)]
#[command(name = "undertone", version, propagate_version = true, max_term_width = 100)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Render a script to a WAV, FLAC, Opus or MP3 file
    Render(render::Render),
    /// Play a script or a sound file
    Play(play::Play),
    /// List the sound devices
    Devices(play::Devices),
    /// Speak one text
    Say(say::Say),
    /// Measure a sound file
    Inspect(inspect::Inspect),
    /// Give back the script that a file was rendered from
    Extract(extract::Extract),
    /// Check scripts without speaking them
    Check(check::Check),
    /// Show the timeline of a script
    Plan(plan::PlanTable),
    /// Draw a script or a sound file: speech, ambience, chapters, loudness over time
    Plot(plot::Plot),
    /// Begin a script from a template
    New(new::New),
    /// Bring scripts into their canonical form
    Fmt(format::Format),
    /// Make a script of SSML or of lines of phrase;seconds
    Convert(convert::Convert),
    /// List the voices that are installed
    Voices(voices::Voices),
    /// List the ambiences, or hear one
    Beds(beds::Beds),
    /// Keep sessions: add, list, search, play, carry
    Library(library::LibraryCommand),
}

/// Which voice speaks, and where voices are.
#[derive(Debug, Args)]
struct VoiceArgs {
    /// The voice: a name, NAME#SPEAKER, or the path of its folder or model
    #[arg(long, value_name = "NAME|DIR")]
    voice: Option<String>,
    /// A folder of voices that is searched first
    #[arg(long = "voice-dir", value_name = "DIR")]
    voice_dirs: Vec<PathBuf>,
    /// What runs the voice
    #[arg(long, value_name = "ENGINE", value_parser = ["rten", "onnxruntime"], default_value = "rten")]
    engine: String,
    /// Speed of the speech: 1 is the voice's own, 0.5 to 1.5
    #[arg(long, value_name = "F", value_parser = pace)]
    pace: Option<f32>,
    /// What choices and noises are drawn from
    #[arg(long, value_name = "N")]
    seed: Option<u64>,
}

/// What a script is given, beside what it says itself.
#[derive(Debug, Args)]
struct ScriptArgs {
    /// An answer to a question of the script
    #[arg(long, value_name = "KEY=VALUE", value_parser = answer)]
    set: Vec<(String, String)>,
    /// A person's answers, a TOML file; --set wins over it
    #[arg(long = "for", value_name = "FILE")]
    person: Option<PathBuf>,
    /// Ask nothing
    #[arg(long)]
    no_input: bool,
    /// The length of the session: elastic pauses give way
    #[arg(long, value_name = "D", value_parser = duration)]
    duration: Option<Duration>,
    /// The longest session that is accepted
    #[arg(long, value_name = "D", value_parser = longest)]
    max_duration: Option<Duration>,
    /// Another folder that includes, beds and sounds may lie in
    #[arg(long = "allow-dir", value_name = "DIR")]
    allow_dirs: Vec<PathBuf>,
    /// Leave the ambience out
    #[arg(long)]
    no_bed: bool,
}

impl ScriptArgs {
    fn settings(&self, voice: &VoiceArgs) -> Settings {
        Settings {
            answers: self.set.iter().cloned().collect::<BTreeMap<_, _>>(),
            seed: voice.seed,
            pace: voice.pace,
            voice: voice.voice.clone(),
            duration: self.duration,
            max_duration: self.max_duration.unwrap_or(DEFAULT_MAX_DURATION),
            no_bed: self.no_bed,
        }
    }
}

/// A studio as the arguments ask for it.
fn studio(voice: &VoiceArgs, allow: &[PathBuf], talk: &Talk, use_cache: bool) -> Studio {
    let mut allowed = allow.to_vec();
    allowed.extend(catalog::data_folders("ambience", &[], "UNDERTONE_AMBIENCE"));
    Studio {
        voices: catalog::folders(&voice.voice_dirs),
        ambience: catalog::data_folders("ambience", &[], "UNDERTONE_AMBIENCE"),
        access: Access { allowed },
        engine: if voice.engine == "onnxruntime" { Engine::OnnxRuntime } else { Engine::Rten },
        rate: SampleRate::HZ_48000,
        threads: 0,
        cache: if use_cache { open_cache(talk) } else { None },
        stems: None,
    }
}

/// The person's cache; without one when it cannot be had.
fn open_cache(talk: &Talk) -> Option<cache::Cache> {
    use etcetera::BaseStrategy;
    let folder = match std::env::var_os("UNDERTONE_CACHE") {
        Some(folder) => PathBuf::from(folder),
        None => etcetera::choose_base_strategy().ok()?.cache_dir().join("undertone").join("takes"),
    };
    match cache::Cache::open(&folder, cache::DEFAULT_LIMIT) {
        Ok(cache) => Some(cache),
        Err(error) => {
            talk.warn(&format!("takes are not kept: {}", undertone::session::chain(&error)));
            None
        }
    }
}

fn pace(text: &str) -> Result<f32, String> {
    let pace: f32 = text.parse().map_err(|_| "not a number".to_owned())?;
    if (0.5..=1.5).contains(&pace) { Ok(pace) } else { Err("a pace is 0.5 to 1.5".to_owned()) }
}

fn answer(text: &str) -> Result<(String, String), String> {
    let (key, value) = text.split_once('=').ok_or("write it as KEY=VALUE")?;
    let key = key.trim();
    if key.is_empty() { Err("write it as KEY=VALUE".to_owned()) } else { Ok((key.to_owned(), value.trim().to_owned())) }
}

fn duration(text: &str) -> Result<Duration, String> {
    undertone::script::duration(text)
        .ok_or_else(|| "not a duration; write 90s, 12m, 1m30s, 1:30 or 1h".to_owned())
        .and_then(|d| if d.is_zero() { Err("must be more than nothing".to_owned()) } else { Ok(d) })
}

/// Runs the program; the result is its exit code: 0, 1 for a failure, 2 for wrong usage, 130 when it was stopped.
pub(crate) fn run() -> ExitCode {
    let began = Instant::now();
    let cli = Cli::parse();
    let talk = Talk::new();
    let result = match cli.command {
        Command::Render(command) => command.run(talk, began),
        Command::Play(command) => command.run(&talk),
        Command::Devices(command) => command.run(),
        Command::Say(command) => command.run(talk, began),
        Command::Inspect(command) => command.run(&talk),
        Command::Extract(command) => command.run(),
        Command::Check(command) => command.run(&talk),
        Command::Plan(command) => command.run(&talk),
        Command::Plot(command) => command.run(talk),
        Command::New(command) => command.run(&talk),
        Command::Fmt(command) => command.run(&talk),
        Command::Convert(command) => command.run(&talk),
        Command::Voices(command) => command.run(&talk),
        Command::Beds(command) => command.run(),
        Command::Library(command) => command.run(talk),
    };
    match result {
        Ok(code) => code,
        Err(Error::Interrupted) => ExitCode::from(130),
        Err(error) => {
            Talk::new().error(&error);
            ExitCode::FAILURE
        }
    }
}

/// A duration that may be more than the day of which a script's are at most.
fn longest(text: &str) -> Result<Duration, String> {
    let hours = text.trim().strip_suffix('h').and_then(|hours| hours.trim_end().parse::<f64>().ok());
    match hours.filter(|hours| (24.0..=1000.0).contains(hours)) {
        Some(hours) => Ok(Duration::from_secs_f64(hours * 3600.0)),
        None => duration(text),
    }
}

fn preset(text: &str) -> Result<Preset, String> {
    text.parse().map_err(|error: undertone::master::UnknownPreset| error.to_string())
}

/// Whether two paths are one file.
fn same_file(a: &Path, b: &Path) -> bool {
    match (std::fs::canonicalize(a), std::fs::canonicalize(b)) {
        (Ok(a), Ok(b)) => a == b,
        _ => false,
    }
}

/// A time as minutes and seconds, or hours, minutes and seconds.
fn clock(time: Duration) -> String {
    let s = (time.as_secs_f64() + 0.5) as u64;
    if s >= 3600 {
        format!("{}:{:02}:{:02}", s / 3600, s / 60 % 60, s % 60)
    } else {
        format!("{}:{:02}", s / 60, s % 60)
    }
}
