//! Where a render goes: the sound, and what stands beside it.

use super::{Render, STDOUT, is_stdout};
use crate::cli::same_file;
use std::{
    fs,
    io::{BufWriter, Read},
    path::{Path, PathBuf},
};
use undertone::{
    audio::SampleRate,
    captions,
    error::Error,
    plan::Plan,
    script::{self, Script},
    sink::{Chapter, FileOptions, FileSink, Format, Rf64, Samples, Tags, check_output, write_whole},
    timeline::Timeline,
};

/// The files of one render, known to be such as may be written.
pub(super) struct Output {
    path: PathBuf,
    format: Format,
    stdout: bool,
    samples: Samples,
    rf64: Rf64,
    captions: Vec<(captions::Format, PathBuf)>,
}

fn request(message: String, help: &str) -> Error {
    Error::Request { message, help: help.to_owned() }
}

impl Output {
    /// Settles where everything goes, and refuses what cannot or must not be written, before any work.
    pub(super) fn choose(asked: &Render) -> Result<Self, Error> {
        let stdout = is_stdout(asked.output.as_deref());
        if stdout && asked.json {
            return Err(request(
                "sound and JSON cannot both go to standard output".to_owned(),
                "leave --json out, or name a file with -o",
            ));
        }
        if stdout && !asked.captions.is_empty() {
            return Err(request(
                "captions are written beside a file, and the sound goes to standard output".to_owned(),
                "name a file with -o, or leave --captions out",
            ));
        }
        let script = &asked.script;
        let path = match &asked.output {
            _ if stdout => PathBuf::from(STDOUT),
            Some(path) => path.clone(),
            None => Path::new(script.file_stem().unwrap_or("session".as_ref())).with_extension("wav"),
        };
        let format = if stdout { Format::Wav } else { check_target(&path, script, asked.force)? };
        if asked.rf64.is_some() && format != Format::Wav {
            return Err(request(
                format!("--rf64 is for WAV files, and {} is {}", path.display(), format.name()),
                "leave --rf64 out, or choose .wav",
            ));
        }
        format.check(asked.sample_rate, asked.bits)?;
        let mut captions: Vec<(captions::Format, PathBuf)> = Vec::new();
        for kind in &asked.captions {
            let beside = path.with_extension(kind.extension());
            let ours = |text: &str| kind.is_in(text);
            may_replace(&beside, script, asked.force, &format!("{} captions", kind.extension()), ours)?;
            if !captions.iter().any(|(known, _)| known == kind) {
                captions.push((*kind, beside));
            }
        }
        if let Some(report) = &asked.report {
            if *report == path || same_file(report, &path) || captions.iter().any(|(_, path)| path == report) {
                return Err(request(
                    format!("the report would take the place of {}", report.display()),
                    "name another file with --report",
                ));
            }
            may_replace(report, script, asked.force, "a report", |text| text.starts_with('{'))?;
        }
        let (samples, rf64) = (asked.bits.unwrap_or_default(), asked.rf64.unwrap_or_default());
        Ok(Self { path, format, stdout, samples, rf64, captions })
    }

    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    /// The sink for a session of known length.
    pub(super) fn open(&self, timeline: &Timeline, tags: Tags, seed: u64) -> Result<FileSink, Error> {
        let (rate, total): (SampleRate, _) = (timeline.rate, timeline.length);
        let options = FileOptions { samples: self.samples, rf64: self.rf64, seed, tags };
        Ok(if self.stdout {
            FileSink::stream(Box::new(BufWriter::new(std::io::stdout())), STDOUT, rate, total, options)?
        } else {
            FileSink::create(&self.path, self.format, rate, total, options)?
        })
    }

    pub(super) fn write_captions(&self, plan: &Plan, timeline: &Timeline) -> Result<(), Error> {
        for (kind, path) in &self.captions {
            write(path, kind.write(plan, timeline).as_bytes())?;
        }
        Ok(())
    }
}

/// Writes a small file.
pub(super) fn write(path: &Path, bytes: &[u8]) -> Result<(), Error> {
    Ok(write_whole(path, bytes)?)
}

/// What a file says of itself that is known before it is spoken.
pub(super) struct Carried {
    date: Option<String>,
    script: Option<String>,
}

impl Carried {
    pub(super) fn of(script: &Script, without_script: bool) -> Self {
        let date = script.front.date.clone().or_else(|| {
            // Never the clock: the same script must give the same bytes.
            let seconds = std::env::var("SOURCE_DATE_EPOCH").ok()?.trim().parse().ok()?;
            Some(date(seconds))
        });
        Self { date, script: (!without_script).then(|| script::whole(script)) }
    }

    pub(super) fn tags(&self, plan: &Plan, timeline: &Timeline) -> Tags {
        let chapters = timeline.chapters.iter().map(|(at, title)| Chapter { at: *at, title: title.clone() });
        Tags {
            title: Some(plan.title.clone()),
            artist: plan.author.clone(),
            date: self.date.clone(),
            chapters: chapters.collect(),
            script: self.script.clone(),
        }
    }
}

/// The day of a second since 1970 (Hinnant, "chrono-Compatible Low-Level Date Algorithms", `civil_from_days`).
fn date(seconds: u64) -> String {
    let days = seconds / 86_400 + 719_468;
    let (era, day) = (days / 146_097, days % 146_097);
    let year = (day - day / 1460 + day / 36_524 - day / 146_096) / 365;
    let day = day - (365 * year + year / 4 - year / 100);
    let month = (5 * day + 2) / 153;
    let day = day - (153 * month + 2) / 5 + 1;
    let month = if month < 10 { month + 3 } else { month - 9 };
    let year = era * 400 + year + u64::from(month <= 2);
    format!("{year:04}-{month:02}-{day:02}")
}

/// Refuses what cannot or must not be written, before any work; the result is the format that the name asks for.
pub(in crate::cli) fn check_target(output: &Path, script: &Path, force: bool) -> Result<Format, Error> {
    not_the_script(output, script)?;
    let format = Format::of(output)?;
    check_output(output)?;
    if !force && is_something(output) && Format::found_in(output).is_none() {
        return Err(request(
            format!("{} is there already and is not a sound file", output.display()),
            "name another file with -o, or replace it with --force",
        ));
    }
    Ok(format)
}

/// Refuses to put a text over a file that does not look like one of the same kind.
pub(in crate::cli) fn may_replace(
    path: &Path,
    script: &Path,
    force: bool,
    kind: &str,
    ours: impl Fn(&str) -> bool,
) -> Result<(), Error> {
    /// Enough to tell what a text is.
    const HEAD: u64 = 4096;
    not_the_script(path, script)?;
    check_output(path)?;
    if !force && is_something(path) {
        let mut head = Vec::new();
        let read = fs::File::open(path).and_then(|file| file.take(HEAD).read_to_end(&mut head));
        if read.is_err() || !ours(&String::from_utf8_lossy(&head)) {
            return Err(request(
                format!("{} is there already and is not {kind}", path.display()),
                "move it away, or replace it with --force",
            ));
        }
    }
    Ok(())
}

fn not_the_script(output: &Path, script: &Path) -> Result<(), Error> {
    if same_file(output, script) {
        return Err(request(format!("{} is the script itself", output.display()), "name another file with -o"));
    }
    Ok(())
}

fn is_something(path: &Path) -> bool {
    fs::metadata(path).is_ok_and(|metadata| metadata.is_file() && metadata.len() > 0)
}

#[cfg(test)]
mod tests {
    use super::date;

    #[test]
    fn seconds_since_1970_are_a_day() {
        for (seconds, day) in [
            (0, "1970-01-01"),
            (86_399, "1970-01-01"),
            (951_782_400, "2000-02-29"),
            (1_709_164_800, "2024-02-29"),
            (1_732_233_600, "2024-11-22"),
            (4_107_542_400, "2100-03-01"),
        ] {
            assert_eq!(date(seconds), day);
        }
    }
}
