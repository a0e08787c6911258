//! `undertone render`.

mod output;
mod summary;

use super::{ScriptArgs, Talk, VoiceArgs, ask, clock, measure, preset, studio};
use clap::Args;
use output::{Carried, Output};
use std::{
    path::{Path, PathBuf},
    process::ExitCode,
    time::{Duration, Instant},
};
use undertone::{
    audio::{Frames, SampleRate},
    captions,
    error::Error,
    master::{Preset, Survey},
    script::{MasterKeys, Span, Spanned},
    session::{Studio, read},
    sink::{Rf64, Samples, Surveyed, Tags, WavSpec, wav_limit},
    timeline::Timeline,
};

pub(super) use output::{check_target, may_replace};
pub(super) use summary::summary;

#[derive(Debug, Args)]
#[allow(clippy::struct_excessive_bools, reason = "each is a flag of the command line")]
pub(super) struct Render {
    /// The script
    script: PathBuf,
    /// The file to write, whose extension says the format: .wav, .flac, .opus or .mp3; - for WAV on standard output; the script's
    /// name with .wav when absent
    #[arg(short, long, value_name = "FILE")]
    output: Option<PathBuf>,
    #[command(flatten)]
    voice: VoiceArgs,
    #[command(flatten)]
    asked: ScriptArgs,
    /// How many threads work; 0 is one a core
    #[arg(long, value_name = "N", default_value_t = 0, value_parser = clap::value_parser!(u16).range(0..=256))]
    threads: u16,
    /// Speak everything anew and keep nothing
    #[arg(long)]
    no_cache: bool,
    /// Replace the output also when it is not a sound file, and captions and reports when they are something else
    #[arg(long)]
    force: bool,
    /// Frames a second of the result
    #[arg(long, value_name = "HZ", default_value = "48000", value_parser = rate)]
    sample_rate: SampleRate,
    /// Also write speech, beds, bells and tones as files of their own, before mastering
    #[arg(long, value_name = "DIR")]
    stems: Option<PathBuf>,
    /// Bits of a sample: 16, 24, or 32f for floating point, in WAV; 16 or 24 in FLAC [default: 16]
    #[arg(long, value_name = "BITS", value_parser = bits)]
    bits: Option<Samples>,
    /// Whether a WAV file is RF64, which may be longer than 4 GiB: auto, always or never [default: auto]
    #[arg(long, value_name = "WHEN", value_parser = rf64)]
    rf64: Option<Rf64>,
    /// Levels: session, podcast, acx or r128; in the place of all that the script says under "master:"
    #[arg(long, value_name = "NAME", value_parser = preset)]
    preset: Option<Preset>,
    /// Leave the script out of the file
    #[arg(long)]
    no_script: bool,
    /// Captions beside the output, one or more of srt, vtt, lrc and txt with commas between
    #[arg(long, value_name = "KINDS", value_delimiter = ',', value_parser = caption)]
    captions: Vec<captions::Format>,
    /// Measure the result in full, and write what was found as JSON
    #[arg(long, value_name = "FILE")]
    report: Option<PathBuf>,
    /// Say nothing but errors
    #[arg(short, long)]
    quiet: bool,
    /// Print what was made as JSON
    #[arg(long)]
    json: bool,
}

fn rate(text: &str) -> Result<SampleRate, String> {
    let allowed = "a sample rate is 8000 to 192000 Hz";
    text.parse().ok().and_then(SampleRate::new).ok_or_else(|| allowed.to_owned())
}

fn bits(text: &str) -> Result<Samples, String> {
    match text {
        "16" => Ok(Samples::Int16),
        "24" => Ok(Samples::Int24),
        "32f" => Ok(Samples::Float32),
        _ => Err("bits are 16, 24 or 32f".to_owned()),
    }
}

fn rf64(text: &str) -> Result<Rf64, String> {
    match text {
        "auto" => Ok(Rf64::Auto),
        "always" => Ok(Rf64::Always),
        "never" => Ok(Rf64::Never),
        _ => Err("it is auto, always or never".to_owned()),
    }
}

fn caption(text: &str) -> Result<captions::Format, String> {
    text.parse().map_err(|error: captions::UnknownFormat| error.to_string())
}

impl Render {
    pub(super) fn run(self, talk: Talk, began: Instant) -> Result<ExitCode, Error> {
        let talk = talk.quiet(self.quiet);
        // First of all: also the look at the output makes a file for a moment.
        Talk::watch_for_stop();
        let output = Output::choose(&self)?;
        let studio = Studio {
            rate: self.sample_rate,
            threads: usize::from(self.threads),
            stems: self.stems.clone(),
            ..studio(&self.voice, &self.asked.allow_dirs, &talk, !self.no_cache)
        };
        let (mut script, remarks) = read(&self.script, &studio.access)?;
        let carried = Carried::of(&script, self.no_script);
        if let Some(preset) = self.preset {
            let preset = Spanned { value: preset.name().to_owned(), span: Span::default() };
            script.front.master = MasterKeys { preset: Some(preset), ..MasterKeys::default() };
        }
        let mut prepared = ask::prepare_script(&studio, script, remarks, &self.script, &self.asked, &self.voice)?;
        talk.remarks(&prepared);
        prepared.compare = self.report.is_some();
        // What cannot be done by an estimate of the speech is refused before a word is spoken.
        let expected = super::plan::estimate(&prepared.plan, &prepared.sources, self.sample_rate)?.length;
        if self.rf64 == Some(Rf64::Never) {
            fits(expected, self.sample_rate, self.bits.unwrap_or_default())?;
        }
        let plan = prepared.plan.clone();
        let open = |timeline: &Timeline| {
            let survey = self.report.as_ref().map(|_| Survey::new(timeline.rate));
            let sink = output.open(timeline, carried.tags(&plan, timeline), plan.seed)?;
            Ok(Surveyed { sink, survey })
        };
        let rendered = studio.render(prepared, &talk, began, open)?;
        output.write_captions(&plan, &rendered.timeline)?;
        let (written, report) = &rendered.done;
        if let (Some(path), Some(report)) = (&self.report, report) {
            let preset = plan.profile.preset.as_deref().and_then(|preset| preset.parse().ok()).unwrap_or_default();
            let measured = measure::Measured { report, balance: rendered.balance, warnings: &[] };
            output::write(path, format!("{:#}\n", measured.json(output.path(), Some(preset))).as_bytes())?;
            talk.summary(&measured.table());
        }
        summary(&talk, output.path(), &rendered, *written, began, self.json)?;
        Ok(ExitCode::SUCCESS)
    }
}

/// Refuses a session whose expected length does not fit a WAV file.
fn fits(expected: Frames, rate: SampleRate, samples: Samples) -> Result<(), Error> {
    let limit = wav_limit(WavSpec { rate, samples }, &Tags::default());
    if expected > limit {
        return Err(Error::Request {
            message: format!(
                "the session lasts {} and a WAV file at {rate} holds {}",
                clock(rate.duration(expected)),
                clock(Duration::from_secs(rate.duration(limit).as_secs())),
            ),
            help: "leave --rf64 never out, shorten it, make several of it, or lower --sample-rate".to_owned(),
        });
    }
    Ok(())
}

/// What output is called when it is not a file.
const STDOUT: &str = "standard output";

/// Whether an output is standard output.
fn is_stdout(path: Option<&Path>) -> bool {
    path == Some(Path::new("-"))
}
