//! `undertone render`.

use super::{ScriptArgs, Talk, VoiceArgs, ask, clock, same_file, studio};
use clap::Args;
use serde_json::json;
use std::{
    fs,
    io::{Read, Write},
    path::{Path, PathBuf},
    process::ExitCode,
    time::{Duration, Instant},
};
use undertone::{
    audio::SampleRate,
    error::Error,
    session::{Prepared, Rendered, Studio},
    sink::{Samples, Tags, WavOptions, WavSink, WavSpec, WavStream, Written, check_output, wav_limit},
    timeline::Timeline,
};

#[derive(Debug, Args)]
#[allow(clippy::struct_excessive_bools, reason = "each is a flag of the command line")]
pub(super) struct Render {
    /// The script
    script: PathBuf,
    /// The file to write, - for standard output; the script's name with .wav when absent
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
    /// Replace the output also when it is not a sound file
    #[arg(long)]
    force: bool,
    /// Frames a second of the result
    #[arg(long, value_name = "HZ", default_value = "48000", value_parser = rate)]
    sample_rate: SampleRate,
    /// Also write speech, beds, bells and tones as files of their own, before mastering
    #[arg(long, value_name = "DIR")]
    stems: Option<PathBuf>,
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

impl Render {
    pub(super) fn run(self, talk: Talk, began: Instant) -> Result<ExitCode, Error> {
        let talk = talk.quiet(self.quiet);
        // First of all: also the look at the output makes a file for a moment.
        Talk::watch_for_stop();
        let to_stdout = self.output.as_deref() == Some(Path::new("-"));
        if to_stdout && self.json {
            return Err(Error::Request {
                message: "sound and JSON cannot both go to standard output".to_owned(),
                help: "leave --json out, or name a file with -o".to_owned(),
            });
        }
        let output = self
            .output
            .clone()
            .unwrap_or_else(|| Path::new(self.script.file_stem().unwrap_or("session".as_ref())).with_extension("wav"));
        if !to_stdout {
            check_target(&output, &self.script, self.force)?;
        }
        let studio = Studio {
            rate: self.sample_rate,
            threads: usize::from(self.threads),
            stems: self.stems.clone(),
            ..studio(&self.voice, &self.asked.allow_dirs, &talk, !self.no_cache)
        };
        let prepared = ask::prepare(&studio, &self.script, &self.asked, &self.voice)?;
        talk.remarks(&prepared);
        fits(&prepared, self.sample_rate)?;
        let spec = WavSpec { rate: self.sample_rate, samples: Samples::Int16 };
        let options = WavOptions { seed: prepared.plan.seed, ..WavOptions::default() };
        let rendered = if to_stdout {
            let open = |timeline: &Timeline| {
                let out = std::io::BufWriter::new(std::io::stdout().lock());
                Ok(WavStream::create(out, "standard output", spec, timeline.length, options)?)
            };
            studio.render(prepared, &talk, began, open)?
        } else {
            let open = |timeline: &Timeline| Ok(WavSink::create(&output, spec, timeline.length, options)?);
            studio.render(prepared, &talk, began, open)?
        };
        report(&talk, if to_stdout { Path::new("standard output") } else { &output }, &rendered, began, self.json)?;
        Ok(ExitCode::SUCCESS)
    }
}

/// Refuses what cannot or must not be written, before any work.
pub(super) fn check_target(output: &Path, script: &Path, force: bool) -> Result<(), Error> {
    if same_file(output, script) {
        return Err(Error::Request {
            message: format!("{} is the script itself", output.display()),
            help: "name another file with -o".to_owned(),
        });
    }
    check_output(output)?;
    if !force && fs::metadata(output).is_ok_and(|metadata| metadata.is_file() && metadata.len() > 0) {
        let mut magic = [0u8; 4];
        let read = fs::File::open(output).and_then(|mut file| file.read_exact(&mut magic));
        if read.is_err() || !matches!(&magic, b"RIFF" | b"RF64") {
            return Err(Error::Request {
                message: format!("{} is there already and is not a WAV file", output.display()),
                help: "name another file with -o, or replace it with --force".to_owned(),
            });
        }
    }
    Ok(())
}

/// Refuses a session that by its pauses and an estimate of its speech does not fit a WAV file.
fn fits(prepared: &Prepared, rate: SampleRate) -> Result<(), Error> {
    let limit = wav_limit(WavSpec { rate, samples: Samples::Int16 }, &Tags::default());
    let expected = super::plan::estimate(&prepared.plan, &prepared.sources, rate)?.length;
    if expected > limit {
        return Err(Error::Request {
            message: format!(
                "the session lasts {} and a WAV file at {rate} holds {}",
                clock(rate.duration(expected)),
                clock(Duration::from_secs(rate.duration(limit).as_secs())),
            ),
            help: "shorten it, make several of it, or lower --sample-rate".to_owned(),
        });
    }
    Ok(())
}

/// Says what was made.
pub(super) fn report(
    talk: &Talk,
    output: &Path,
    rendered: &Rendered<Written>,
    began: Instant,
    json: bool,
) -> Result<(), Error> {
    let rate = rendered.timeline.rate;
    let length = rate.duration(rendered.timeline.length);
    let speech = rate.duration(rendered.timeline.spoken());
    let total = began.elapsed();
    let speed = length.as_secs_f64() / total.as_secs_f64();
    let peak = rendered.loudness.true_peak;
    if json {
        let seconds = &rendered.seconds;
        let value = json!({
            "file": output,
            "duration_s": length.as_secs_f64(),
            "speech_s": speech.as_secs_f64(),
            "utterances": rendered.utterances,
            "synthesized": rendered.synthesized,
            "from_cache": rendered.from_cache,
            "loudness_lufs": rendered.loudness.integrated,
            "true_peak_dbtp": peak.is_finite().then_some(peak),
            "clipped_samples": rendered.done.clipped,
            "seconds": {
                "prepare": seconds.prepare.as_secs_f64(),
                "speak": seconds.speak.as_secs_f64(),
                "mix": seconds.mix.as_secs_f64(),
                "write": seconds.write.as_secs_f64(),
                "total": total.as_secs_f64(),
            },
            "times_real_time": speed,
        });
        return Talk::result(&format!("{value:#}"));
    }
    let loud = rendered.loudness.integrated.map_or_else(|| "silent".to_owned(), |lufs| format!("{lufs:.1} LUFS"));
    let peak = if peak.is_finite() { format!(", {peak:.1} dBTP") } else { String::new() };
    talk.summary(&format!(
        "{}: {} ({} of speech), {loud}{peak}; made in {:.1} s, {speed:.0} times real time, {} of {} utterances from the cache",
        output.display(),
        clock(length),
        clock(speech),
        total.as_secs_f64(),
        rendered.from_cache,
        rendered.utterances,
    ));
    drop(std::io::stderr().flush());
    Ok(())
}
