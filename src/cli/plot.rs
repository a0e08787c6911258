//! `undertone plot`.

use super::{ScriptArgs, Talk, VoiceArgs, ask, same_file, studio};
use clap::Args;
use std::{
    fs,
    io::Read,
    path::{Path, PathBuf},
    process::ExitCode,
};
use undertone::{
    bed,
    error::Error,
    plot::{self, Look, Picture, Size},
    session::{Studio, Watch, picture_of_sound},
    sink::{check_output, write_whole},
};

#[derive(Debug, Args)]
#[allow(clippy::struct_excessive_bools, reason = "each is a flag of the command line")]
pub(super) struct Plot {
    /// A script or a sound file
    file: PathBuf,
    /// The picture to write, .svg or .png; the file's name with .svg when absent
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
    /// The size in pixels
    #[arg(long, value_name = "WxH", default_value = "1600x960", value_parser = size)]
    size: Size,
    /// Draw on a dark ground; else a PNG has a light one, and an SVG follows the reader's screen
    #[arg(long)]
    dark: bool,
    /// Replace the output also when it is not a picture
    #[arg(long)]
    force: bool,
    /// Say nothing but errors
    #[arg(short, long)]
    quiet: bool,
}

fn size(text: &str) -> Result<Size, String> {
    let parts = text.split_once(['x', 'X', '×']);
    parts
        .and_then(|(width, height)| Size::new(width.trim().parse().ok()?, height.trim().parse().ok()?))
        .ok_or_else(|| "write it as 1600x960; a picture is 640x400 to 8000x8000".to_owned())
}

/// What is written.
#[derive(Clone, Copy, PartialEq)]
enum Kind {
    Svg,
    Png,
}

impl Plot {
    pub(super) fn run(self, talk: Talk) -> Result<ExitCode, Error> {
        let talk = talk.quiet(self.quiet);
        let output = self
            .output
            .clone()
            .unwrap_or_else(|| Path::new(self.file.file_stem().unwrap_or("session".as_ref())).with_extension("svg"));
        let kind = kind(&output)?;
        self.check_target(&output)?;
        let picture = if bed::is_sound(&self.file) {
            let (picture, warnings) = picture_of_sound(&self.file)?;
            warnings.iter().for_each(|warning| talk.warn(warning));
            picture
        } else {
            Talk::watch_for_stop();
            let studio = Studio {
                threads: usize::from(self.threads),
                ..studio(&self.voice, &self.asked.allow_dirs, &talk, !self.no_cache)
            };
            let prepared = ask::prepare(&studio, &self.file, &self.asked, &self.voice)?;
            studio.picture(prepared, &talk)?
        };
        let bytes = match kind {
            Kind::Svg => plot::svg(&picture, self.size, if self.dark { Look::Dark } else { Look::Both }).into_bytes(),
            Kind::Png => png(&picture, self.size, self.dark)?,
        };
        write_whole(&output, &bytes)?;
        talk.summary(&format!("{}: {}", output.display(), picture.facts.join(", ")));
        Ok(ExitCode::SUCCESS)
    }

    /// Refuses what cannot or must not be written, before any work.
    fn check_target(&self, output: &Path) -> Result<(), Error> {
        let other = "name another file with -o";
        if same_file(output, &self.file) {
            let message = format!("{} is the file itself", output.display());
            return Err(Error::Request { message, help: other.to_owned() });
        }
        check_output(output)?;
        if !self.force && fs::metadata(output).is_ok_and(|metadata| metadata.is_file() && metadata.len() > 0) {
            let mut head = Vec::new();
            let read = fs::File::open(output).and_then(|file| file.take(1024).read_to_end(&mut head));
            let picture = head.starts_with(b"\x89PNG") || head.windows(4).any(|four| four == b"<svg");
            if read.is_err() || !picture {
                return Err(Error::Request {
                    message: format!("{} is there already and is not a picture", output.display()),
                    help: format!("{other}, or replace it with --force"),
                });
            }
        }
        Ok(())
    }
}

fn kind(output: &Path) -> Result<Kind, Error> {
    let extension = output.extension().map(|extension| extension.to_string_lossy().to_lowercase());
    match extension.as_deref() {
        Some("svg") => Ok(Kind::Svg),
        Some("png") if cfg!(feature = "plot-png") => Ok(Kind::Png),
        Some("png") => Err(Error::Request {
            message: "this undertone was built without PNG".to_owned(),
            help: "name an .svg file, or build it with: cargo build --release --features plot-png".to_owned(),
        }),
        _ => Err(Error::Request {
            message: format!("{} does not say which picture it is", output.display()),
            help: "end its name with .svg or .png".to_owned(),
        }),
    }
}

#[cfg(feature = "plot-png")]
fn png(picture: &Picture, size: Size, dark: bool) -> Result<Vec<u8>, Error> {
    Ok(plot::png(picture, size, dark)?)
}

#[cfg(not(feature = "plot-png"))]
#[allow(clippy::unnecessary_wraps, reason = "with the feature it can fail")]
fn png(_: &Picture, _: Size, _: bool) -> Result<Vec<u8>, Error> {
    // Refused by the name of the output.
    Ok(Vec::new())
}
