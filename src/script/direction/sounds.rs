//! Directions that are heard and not spoken: beds, bells, sounds and tones.

use super::{
    super::{Direction, Length, ToneKind, diagnostic::Diagnostic, length},
    Arg, Bracket, Reader, joined,
};

impl Reader<'_> {
    /// `over D` at the end of the arguments: what is before it, and the duration.
    fn over(&self) -> Result<(&[Arg], Option<Length>), Diagnostic> {
        match self.args.iter().position(|arg| arg.is("over")) {
            None => Ok((self.args, None)),
            Some(at) => Ok((&self.args[..at], Some(self.length(at + 1, self.args.len())?))),
        }
    }

    pub(super) fn bed(&self) -> Result<Bracket, Diagnostic> {
        let help = "write [bed NAME], [bed NAME -24dB over 10s], [bed off over 45s] or [bed NAME off]";
        let (args, over) = self.over()?;
        let direction = match args {
            [] => return Err(self.bad("[bed] needs a name").with_help(help)),
            [off] if off.is("off") => Direction::BedOff { name: None, over },
            [name, off] if off.is("off") => Direction::BedOff { name: Some(name.text.clone()), over },
            [name] => Direction::Bed { name: name.text.clone(), level: None, over },
            [name, level @ ..] => Direction::Bed {
                name: name.text.clone(),
                level: Some(Self::level(&joined(level), -90.0, 12.0).map_err(|error| error.with_help(help))?),
                over,
            },
        };
        Ok(Bracket::Direction(direction))
    }

    pub(super) fn bell(&self) -> Result<Bracket, Diagnostic> {
        let help = "write [bell], [bell gong], [bell x3], [bell bowl x3 every 5s -6dB]";
        let (mut name, mut times, mut every, mut level) = (None, 1, None, None);
        let mut i = 0;
        while i < self.args.len() {
            let arg = &self.args[i];
            if let Some((n, used)) = self.times(i) {
                if !(1..=1000).contains(&n) {
                    return Err(Self::bad_arg(arg, "a bell is struck 1 to 1,000 times").with_help(help));
                }
                times = n as u32;
                i += used;
            } else if arg.is("every") {
                let from = i + 1;
                i = from + 1;
                while i < self.args.len() && length::level(&self.args[i].text).is_none() && self.times(i).is_none() {
                    i += 1;
                }
                every = Some(self.length(from, i.min(self.args.len()))?);
            } else if length::level(&arg.text).is_some() {
                level = Some(Self::level(arg, -90.0, 12.0)?);
                i += 1;
            } else if name.is_none() && i == 0 {
                name = Some(arg.text.clone());
                i += 1;
            } else {
                return Err(Self::bad_arg(arg, format!("\"{}\" says nothing about a bell", arg.text)).with_help(help));
            }
        }
        Ok(Bracket::Direction(Direction::Bell { name, times, every, level }))
    }

    pub(super) fn sound(&self) -> Result<Bracket, Diagnostic> {
        let help = "write [sound FILE], [sound FILE -12dB] or [sound FILE -12dB wait]";
        let [file, rest @ ..] = self.args else { return Err(self.bad("[sound] needs a file").with_help(help)) };
        let (rest, wait) = match rest {
            [rest @ .., wait] if wait.is("wait") => (rest, true),
            rest => (rest, false),
        };
        let level = if rest.is_empty() { None } else { Some(Self::level(&joined(rest), -90.0, 12.0)?) };
        Ok(Bracket::Direction(Direction::Sound { file: file.text.clone(), level, wait }))
    }

    pub(super) fn tone(&self) -> Result<Bracket, Diagnostic> {
        let help =
            "write [tone binaural 200Hz 6Hz -30dB over 10s], [tone isochronic 200Hz 10Hz to 4Hz over 5m] or [tone off]";
        let bad = |message: &str| self.bad(message).with_help(help);
        let Some(first) = self.args.first() else { return Err(bad("[tone] needs its kind")) };
        if first.is("off") {
            let over = if self.args.len() > 1 {
                Some(self.over()?.1.ok_or_else(|| bad("only \"over\" may follow"))?)
            } else {
                None
            };
            return Ok(Bracket::Direction(Direction::ToneOff { over }));
        }
        let kind = match first.text.to_lowercase().as_str() {
            "binaural" => ToneKind::Binaural,
            "isochronic" => ToneKind::Isochronic,
            _ => {
                return Err(Self::bad_arg(first, format!("there is no tone called \"{}\"", first.text)).with_help(help));
            }
        };
        let hertz = |arg: Option<&Arg>, low: f64, high: f64, what: &str| -> Result<f64, Diagnostic> {
            let arg = arg.ok_or_else(|| bad(&format!("[tone] needs {what}")))?;
            let value = length::with_unit(&arg.text, "hz").filter(|value| (low..=high).contains(value));
            value.ok_or_else(|| Self::bad_arg(arg, format!("{what} is {low} to {high} Hz")).with_help(help))
        };
        let carrier = hertz(self.args.get(1), 20.0, 2000.0, "a carrier")?;
        let beat = hertz(self.args.get(2), 0.1, 100.0, "a beat")?;
        let (mut glide, mut level, mut over) = (None, None, None);
        let mut i = 3;
        if self.args.get(i).is_some_and(|arg| arg.is("to")) {
            let to = hertz(self.args.get(i + 1), 0.1, 100.0, "a beat")?;
            if !self.args.get(i + 2).is_some_and(|arg| arg.is("over")) {
                return Err(bad("a glide needs \"over\" and a duration"));
            }
            let from = i + 3;
            i = from;
            while i < self.args.len()
                && length::level(&self.args[i].text).is_none_or(|_| i == from)
                && !self.args[i].is("over")
            {
                i += 1;
            }
            glide = Some((to, self.length(from, i)?));
        }
        if let Some(arg) = self.args.get(i).filter(|arg| !arg.is("over")) {
            level = Some(Self::level(arg, -90.0, 0.0)?);
            i += 1;
        }
        if self.args.get(i).is_some_and(|arg| arg.is("over")) {
            over = Some(self.length(i + 1, self.args.len())?);
        } else if let Some(arg) = self.args.get(i) {
            return Err(Self::bad_arg(arg, format!("\"{}\" says nothing about a tone", arg.text)).with_help(help));
        }
        Ok(Bracket::Direction(Direction::Tone { kind, carrier, beat, glide, level, over }))
    }
}
