//! `undertone say`.

use super::{Talk, VoiceArgs, render, studio};
use clap::Args;
use std::{
    path::{Path, PathBuf},
    process::ExitCode,
    time::Instant,
};
use undertone::{
    error::Error,
    plan::Settings,
    script::plain,
    session::worded,
    sink::{FileOptions, FileSink},
};

#[derive(Debug, Args)]
pub(super) struct Say {
    /// What is said
    text: String,
    /// The file to write; say.wav when absent
    #[arg(short, long, value_name = "FILE", default_value = "say.wav")]
    output: PathBuf,
    #[command(flatten)]
    voice: VoiceArgs,
    /// Print what the voice is given, one sentence a line, and write no file
    #[arg(long)]
    phonemes: bool,
    /// Replace the output also when it is not a sound file
    #[arg(long)]
    force: bool,
    /// Say nothing but errors
    #[arg(short, long)]
    quiet: bool,
}

impl Say {
    pub(super) fn run(self, talk: Talk, began: Instant) -> Result<ExitCode, Error> {
        let talk = talk.quiet(self.quiet);
        let studio = studio(&self.voice, &[], &talk, !self.phonemes);
        let settings = Settings {
            seed: self.voice.seed,
            pace: self.voice.pace,
            voice: self.voice.voice.clone(),
            ..Settings::default()
        };
        let prepared = studio.prepare_script(plain(&self.text), Path::new("."), &settings)?;
        if self.phonemes {
            undertone::speech::phonemes::initialise()?;
            let voice = studio.voice(prepared.plan.voices[0].as_deref())?;
            for line in prepared.plan.lines() {
                let (utterance, warnings) = worded(&prepared.plan, &prepared.plan.utterances[line.utterance]);
                warnings.iter().for_each(|warning| undertone::session::Watch::warn(&talk, warning));
                for sentence in voice.prompt(&utterance)?.sentences {
                    Talk::result(&sentence.phonemes)?;
                }
            }
            return Ok(ExitCode::SUCCESS);
        }
        Talk::watch_for_stop();
        let format = render::check_target(&self.output, Path::new(""), self.force)?;
        let options = FileOptions { seed: prepared.plan.seed, ..FileOptions::default() };
        let rendered = studio.render(prepared, &talk, began, |timeline| {
            Ok(FileSink::create(&self.output, format, studio.rate, timeline.length, options)?)
        })?;
        render::summary(&talk, &self.output, &rendered, rendered.done, began, false)?;
        Ok(ExitCode::SUCCESS)
    }
}
