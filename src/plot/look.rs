//! Colours.

use std::fmt::Write;

/// Which surroundings a picture is made for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Look {
    /// Light or dark, whichever the reader's screen is; needs a viewer that follows CSS, else light.
    #[default]
    Both,
    /// Light.
    Light,
    /// Dark.
    Dark,
}

/// The number of colours for tracks.
pub(super) const COLOURS: usize = 8;

struct Palette {
    paper: &'static str,
    field: &'static str,
    ink: &'static str,
    muted: &'static str,
    grid: &'static str,
    chapter: &'static str,
    pause: &'static str,
    silence: &'static str,
    mark: &'static str,
    tracks: [&'static str; COLOURS],
}

const LIGHT: Palette = Palette {
    paper: "#faf9f6",
    field: "#ffffff",
    ink: "#262b33",
    muted: "#5f6773",
    grid: "#e6e4df",
    chapter: "#8d95a1",
    pause: "#f1efe9",
    silence: "#dde7ef",
    mark: "#b0702a",
    tracks: ["#3f6796", "#2f8379", "#a8752a", "#80609a", "#5b8038", "#a9566a", "#4a7fb0", "#776b5a"],
};

const DARK: Palette = Palette {
    paper: "#15181d",
    field: "#1a1e24",
    ink: "#e8e6e1",
    muted: "#a3abb7",
    grid: "#2b3139",
    chapter: "#76808d",
    pause: "#22272e",
    silence: "#263646",
    mark: "#e3aa62",
    tracks: ["#86abd9", "#68bdb1", "#dcb06b", "#bb9dd2", "#a1c677", "#dd95a6", "#8cc0ea", "#bdb09c"],
};

impl Palette {
    fn rules(&self, out: &mut String, indent: &str) {
        let fills = [
            ("paper", self.paper),
            ("field", self.field),
            ("ink", self.ink),
            ("muted", self.muted),
            ("pause", self.pause),
            ("silence", self.silence),
            ("mark", self.mark),
        ];
        for (name, colour) in fills {
            let _ = writeln!(out, "{indent}.{name}{{fill:{colour}}}");
        }
        for (name, colour) in [("grid", self.grid), ("chapter", self.chapter)] {
            let _ = writeln!(out, "{indent}.{name}{{stroke:{colour}}}");
        }
        let _ = writeln!(out, "{indent}.title{{stroke:{}}}", self.paper);
        for (i, colour) in self.tracks.iter().enumerate() {
            let _ = writeln!(out, "{indent}.line{i}{{stroke:{colour}}}.fill{i}{{fill:{colour}}}");
        }
    }
}

/// The style sheet of a picture.
pub(super) fn style(look: Look) -> String {
    let mut out = String::new();
    match look {
        Look::Light | Look::Both => LIGHT.rules(&mut out, ""),
        Look::Dark => DARK.rules(&mut out, ""),
    }
    if look == Look::Both {
        out.push_str("@media (prefers-color-scheme: dark) {\n");
        DARK.rules(&mut out, "  ");
        out.push_str("}\n");
    }
    out
}
