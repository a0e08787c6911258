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
    sink::{Samples, Sink, WavOptions, WavSink, WavSpec},
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
    /// Write an ambience to a WAV file
    Render(Render),
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

impl Render {
    fn run(self, talk: &Talk, folders: &[PathBuf]) -> Result<(), Error> {
        Talk::watch_for_stop();
        let output = self.output.unwrap_or_else(|| Path::new(&self.name).with_extension("wav"));
        let rate = SampleRate::HZ_48000;
        let bed = Bed::open(Source::Recipe { name: &self.name, dirs: folders }, rate, self.seed)?;
        render::check_target(&output, Path::new(""), self.force)?;
        bed.warnings().iter().for_each(|warning| undertone::session::Watch::warn(talk, warning));
        let length = rate.frames(self.duration);
        let fade = rate.frames(FADE).0.min(length.0 / 2).max(1);
        let spec = WavSpec { rate, samples: Samples::Int16 };
        let options = WavOptions { seed: self.seed, ..WavOptions::default() };
        let mut sink = WavSink::create(&output, spec, length, options)?;
        let mut block = vec![Stereo::ZERO; 1 << 15];
        let mut at = 0;
        while at < length.0 {
            if undertone::session::Watch::stopped(talk) {
                return Err(Error::Interrupted);
            }
            let count = (length.0 - at).min(block.len() as u64) as usize;
            let block = &mut block[..count];
            bed.read(Frames(at), block);
            for (frame, position) in block.iter_mut().zip(at..) {
                let edge = (position + 1).min(length.0 - position);
                if edge < fade {
                    *frame = *frame * raised_cosine(edge as f32 / fade as f32);
                }
            }
            sink.write(block)?;
            at += count as u64;
        }
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
