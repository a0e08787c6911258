//! `undertone library add` and `render`.

use super::super::{ScriptArgs, VoiceArgs, ask, clock, studio};
use super::Talk;
use clap::Args;
use serde_json::json;
use std::{path::PathBuf, process::ExitCode};
use undertone::{
    error::Error,
    library::{Added, Library, Making, settings_of, shown, stored_script},
    script,
    session::{Studio, read},
    sink::Format,
};

/// How a session is made.
#[derive(Debug, Args)]
struct How {
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
    /// What the sound is written as: flac, wav, opus or mp3 [default: flac, or what it was]
    #[arg(long, value_name = "FORMAT", value_parser = format)]
    format: Option<Format>,
    /// Say nothing but errors
    #[arg(short, long)]
    quiet: bool,
    /// Print what was made as JSON
    #[arg(long)]
    json: bool,
}

fn format(text: &str) -> Result<Format, String> {
    let known = Format::ALL.into_iter().find(|format| format.name().eq_ignore_ascii_case(text));
    known.ok_or_else(|| "a format is flac, wav, opus or mp3".to_owned())
}

impl How {
    fn studio(&self, talk: &Talk) -> Studio {
        Studio {
            threads: usize::from(self.threads),
            ..studio(&self.voice, &self.asked.allow_dirs, talk, !self.no_cache)
        }
    }

    fn told(&self, talk: &Talk, verb: &str, added: &Added) -> Result<(), Error> {
        let Added { entry, rendered } = added;
        if self.json {
            return Talk::result(&format!(
                "{:#}",
                json!({
                    "slug": entry.slug,
                    "title": entry.about.title,
                    "folder": entry.folder,
                    "seconds": entry.about.length.as_secs_f64(),
                    "utterances": rendered.utterances,
                    "synthesized": rendered.synthesized,
                })
            ));
        }
        talk.summary(&format!(
            "{verb} {}: \"{}\", {}, in {}",
            entry.slug,
            shown(&entry.about.title),
            clock(entry.about.length),
            entry.folder.display(),
        ));
        Ok(())
    }
}

#[derive(Debug, Args)]
pub(super) struct Add {
    /// The script
    script: PathBuf,
    #[command(flatten)]
    how: How,
}

impl Add {
    pub(super) fn run(self, library: &Library, talk: Talk) -> Result<ExitCode, Error> {
        let talk = talk.quiet(self.how.quiet);
        Talk::watch_for_stop();
        let studio = self.how.studio(&talk);
        let format = self.how.format.unwrap_or(if cfg!(feature = "flac") { Format::Flac } else { Format::Wav });
        format.check(studio.rate, None)?;
        let (script, remarks) = read(&self.script, &studio.access)?;
        let settings = ask::answered(&script, &self.how.asked, &self.how.voice)?;
        let mut making = Making::of(&studio, script, &self.script, settings, format)?;
        making.prepared.remarks.splice(..0, remarks);
        talk.remarks(&making.prepared);
        let added = library.add(&studio, making, &talk)?;
        self.how.told(&talk, "added", &added)?;
        Ok(ExitCode::SUCCESS)
    }
}

#[derive(Debug, Args)]
pub(super) struct Render {
    /// The session
    name: String,
    /// Another script, or a changed one, in the place of the one that is kept
    #[arg(long, value_name = "FILE")]
    script: Option<PathBuf>,
    #[command(flatten)]
    how: How,
}

impl Render {
    pub(super) fn run(self, library: &Library, talk: Talk) -> Result<ExitCode, Error> {
        let talk = talk.quiet(self.how.quiet);
        Talk::watch_for_stop();
        let studio = self.how.studio(&talk);
        let entry = library.entry(&library.resolve(&self.name)?)?;
        let before = entry.audio().extension().and_then(|end| format(&end.to_string_lossy()).ok());
        let format = self.how.format.or(before).unwrap_or(Format::Wav);
        format.check(studio.rate, None)?;
        let (script, path, remarks) = match &self.script {
            Some(path) => {
                let (script, remarks) = read(path, &studio.access)?;
                (script, path.clone(), remarks)
            }
            None => (stored_script(&entry, &studio)?, entry.about.origin.clone(), Vec::new()),
        };
        // What is not asked for now is as it was.
        let (mut settings, asked) =
            (settings_of(&entry.about), ask::settings(&script, &self.how.asked, &self.how.voice)?);
        // Another script may not ask for all that the one before did.
        let used = script::answers(&script);
        let asks = |name: &str| script.front.ask.iter().any(|ask| ask.name.value == name);
        settings.answers.retain(|name, _| used.contains(name.as_str()) || asks(name));
        settings.answers.extend(asked.answers);
        settings.seed = asked.seed.or(settings.seed);
        settings.pace = asked.pace.or(settings.pace);
        settings.duration = asked.duration.or(settings.duration);
        settings.no_bed |= asked.no_bed;
        settings.max_duration = settings.max_duration.max(asked.max_duration);
        let named = script.front.voice.as_ref().map(|voice| voice.value.clone());
        settings.voice = asked.voice.or(if self.script.is_some() { named } else { None }).or(settings.voice);
        ask::complete(&script, &self.how.asked, &mut settings);
        let mut making = Making::of(&studio, script, &path, settings, format)?;
        making.prepared.remarks.splice(..0, remarks);
        talk.remarks(&making.prepared);
        let added = library.render(&entry.slug, &studio, making, &talk)?;
        self.how.told(&talk, "rendered", &added)?;
        Ok(ExitCode::SUCCESS)
    }
}
