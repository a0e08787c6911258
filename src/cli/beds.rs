//! `undertone beds`.

use super::{Talk, clock, duration, render};
use clap::{Args, Subcommand};
use serde_json::json;
use std::{
    path::{Path, PathBuf},
    process::ExitCode,
    time::Duration,
};
use undertone::{
    audio::{Frames, SampleRate, Stereo, raised_cosine},
    bed::{self, Bed, Source},
    error::Error,
    session::Watch,
    sink::{Samples, Sink, Speakers, WavOptions, WavSink, WavSpec},
    speech::catalog,
};

#[derive(Debug, Args)]
#[command(args_conflicts_with_subcommands = true)]
pub(super) struct Beds {
    #[command(subcommand)]
    action: Option<Action>,
    /// Print them as JSON
    #[arg(long)]
    json: bool,
}

#[derive(Debug, Subcommand)]
enum Action {
    /// Play an ambience until Ctrl-C
    Play(Play),
    /// Write an ambience to a WAV file
    Render(Render),
}

#[derive(Debug, Args)]
struct Play {
    /// The ambience: a name of the list
    name: String,
    /// How much of it; all night when absent
    #[arg(long, value_name = "D", value_parser = duration)]
    duration: Option<Duration>,
    /// What its drops and waves are drawn from
    #[arg(long, value_name = "N", default_value_t = 1)]
    seed: u64,
}

#[derive(Debug, Args)]
struct Render {
    /// The ambience: a name of the list
    name: String,
    /// The file to write; the ambience's name with .wav when absent
    #[arg(short, long, value_name = "FILE")]
    output: Option<PathBuf>,
    /// How much of it
    #[arg(long, value_name = "D", value_parser = duration, default_value = "60s")]
    duration: Duration,
    /// What its drops and waves are drawn from
    #[arg(long, value_name = "N", default_value_t = 1)]
    seed: u64,
    /// Replace the output also when it is not a sound file
    #[arg(long)]
    force: bool,
    /// Say nothing but errors
    #[arg(short, long)]
    quiet: bool,
}

/// Comes in and goes for this long.
const FADE: Duration = Duration::from_secs(1);

impl Beds {
    pub(super) fn run(self) -> Result<ExitCode, Error> {
        let folders = catalog::data_folders("ambience", &[], "UNDERTONE_AMBIENCE");
        match self.action {
            Some(Action::Play(play)) => play.run(&folders)?,
            Some(Action::Render(render)) => {
                let talk = Talk::new().quiet(render.quiet);
                render.run(&talk, &folders)?;
            }
            None => list(&folders, self.json)?,
        }
        Ok(ExitCode::SUCCESS)
    }
}

fn list(folders: &[PathBuf], as_json: bool) -> Result<(), Error> {
    let recipes = bed::recipes(folders);
    if as_json {
        let rows = recipes.iter().map(|recipe| {
            json!({
                "name": recipe.name,
                "title": recipe.title,
                "description": recipe.description,
                "path": recipe.path,
            })
        });
        return Talk::result(&format!("{:#}", rows.collect::<serde_json::Value>()));
    }
    let width = recipes.iter().map(|recipe| recipe.name.chars().count()).max().unwrap_or(0);
    recipes.iter().try_for_each(|recipe| Talk::result(&format!("{:width$}  {}", recipe.name, recipe.description)))
}

impl Play {
    fn run(self, folders: &[PathBuf]) -> Result<(), Error> {
        Talk::watch_for_stop();
        let talk = Talk::new();
        let bed = open(&self.name, folders, self.seed, &talk)?;
        let rate = SampleRate::HZ_48000;
        let mut speakers = Speakers::open(rate)?;
        talk.summary(&format!("playing {}; Ctrl-C ends it", self.name));
        let length = self.duration.map_or(Frames(u64::MAX / 2), |duration| rate.frames(duration));
        match pour(&bed, length, &talk, &mut speakers) {
            // Stopped by the person: it has been faded out.
            Ok(()) | Err(Error::Interrupted) => Ok(speakers.finish()?),
            Err(error) => Err(error),
        }
    }
}

fn open(name: &str, folders: &[PathBuf], seed: u64, talk: &Talk) -> Result<Bed, Error> {
    let bed = Bed::open(Source::Recipe { name, dirs: folders }, SampleRate::HZ_48000, seed)?;
    bed.warnings().iter().for_each(|warning| talk.warn(warning));
    Ok(bed)
}

/// Hands a bed to a sink, faded at both ends, and where the person stops it.
fn pour(bed: &Bed, length: Frames, talk: &Talk, sink: &mut impl Sink) -> Result<(), Error> {
    let rate = SampleRate::HZ_48000;
    let fade = rate.frames(FADE).0.min(length.0 / 2).max(1);
    let mut block = vec![Stereo::ZERO; 1 << 12];
    let mut at = 0;
    while at < length.0 {
        let stopped = talk.stopped();
        let count = (length.0 - at).min(block.len() as u64) as usize;
        let block = &mut block[..count];
        bed.read(Frames(at), block);
        for (n, (frame, position)) in block.iter_mut().zip(at..).enumerate() {
            let edge = (position + 1).min(length.0 - position);
            if edge < fade {
                *frame = *frame * raised_cosine(edge as f32 / fade as f32);
            }
            if stopped {
                *frame = *frame * raised_cosine((count - 1 - n) as f32 / count as f32);
            }
        }
        sink.write(block)?;
        if stopped {
            return Err(Error::Interrupted);
        }
        at += count as u64;
    }
    Ok(())
}

impl Render {
    fn run(self, talk: &Talk, folders: &[PathBuf]) -> Result<(), Error> {
        Talk::watch_for_stop();
        let output = self.output.unwrap_or_else(|| Path::new(&self.name).with_extension("wav"));
        let rate = SampleRate::HZ_48000;
        let bed = open(&self.name, folders, self.seed, talk)?;
        render::check_target(&output, Path::new(""), self.force)?;
        let spec = WavSpec { rate, samples: Samples::Int16 };
        let options = WavOptions { seed: self.seed, ..WavOptions::default() };
        let length = rate.frames(self.duration);
        let mut sink = WavSink::create(&output, spec, length, options)?;
        pour(&bed, length, talk, &mut sink)?;
        sink.finish()?;
        talk.summary(&format!(
            "{}: {} of {}, {} LUFS",
            output.display(),
            clock(self.duration),
            self.name,
            bed::REFERENCE_LUFS
        ));
        Ok(())
    }
}
