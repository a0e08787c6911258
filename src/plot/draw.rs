//! A picture as SVG.

mod header;
mod tracks;

use super::{
    Look, Mark, MarkKind, Panel, Picture, Size,
    axis::{self, Times},
    look,
    words::{escape, fit, width},
};
use std::fmt::Write;

/// Sizes of letters in pixels.
const TITLE: f64 = 20.0;
const NAME: f64 = 13.0;
const LABEL: f64 = 12.0;

/// Room around the panels, in pixels.
const LEFT: f64 = 62.0;
const RIGHT: f64 = 24.0;
const FOOT: f64 = 36.0;

/// The row above a panel that names it.
const HEADING: f64 = 26.0;

/// The row of marks.
const STRIP: f64 = 18.0;

/// A rectangle in pixels.
#[derive(Debug, Clone, Copy)]
struct Area {
    x: f64,
    y: f64,
    width: f64,
    height: f64,
}

impl Area {
    fn bottom(self) -> f64 {
        self.y + self.height
    }
}

/// Draws a picture.
///
/// Letters are asked for as Inter or what the machine has for it; places are worked out with room to spare for another font.
#[must_use]
pub fn svg(picture: &Picture, size: Size, look: Look) -> String {
    let mut drawing = Drawing {
        picture,
        out: String::new(),
        left: LEFT,
        width: f64::from(size.width) - LEFT - RIGHT,
        height: f64::from(size.height),
    };
    drawing.all(size, look);
    drawing.out
}

struct Drawing<'a> {
    picture: &'a Picture,
    out: String,
    /// Where time begins, and how many pixels all of it takes.
    left: f64,
    width: f64,
    height: f64,
}

macro_rules! put {
    ($drawing:expr, $($what:tt)*) => {{
        // A string takes everything.
        let _ = writeln!($drawing.out, $($what)*);
    }};
}
use put;

impl Drawing<'_> {
    /// Where a time stands.
    fn x(&self, seconds: f64) -> f64 {
        self.left + (seconds / self.picture.length).clamp(0.0, 1.0) * self.width
    }

    fn all(&mut self, size: Size, look: Look) {
        let Size { width: w, height: h } = size;
        put!(
            self,
            r#"<svg xmlns="http://www.w3.org/2000/svg" width="{w}" height="{h}" viewBox="0 0 {w} {h}" font-family="'Undertone Sans', Inter, system-ui, sans-serif" role="img">"#
        );
        put!(self, "<title>{}</title>", escape(&self.picture.title));
        put!(self, "<style>\n{}</style>", look::style(look));
        put!(self, r#"<rect class="paper" width="{w}" height="{h}"/>"#);
        let top = self.header();
        let lanes = self.chapter_lanes(if h < 600 { 2 } else { 4 });
        let strip = top + lanes as f64 * header::LANE;
        let first = strip + if self.picture.marks.is_empty() { 0.0 } else { STRIP };
        let areas = self.areas(first);
        let bottom = areas.last().map_or(first, |area| area.bottom());
        let times = axis::times(self.picture.length, self.width, LABEL);
        self.fields(&areas, &times);
        for (panel, area) in self.picture.panels.iter().zip(&areas) {
            self.panel(panel, *area);
        }
        self.chapters(top, bottom, lanes);
        self.marks(strip + STRIP * 0.6);
        self.times(&times, bottom);
        self.legend(&areas);
        put!(self, "</svg>");
    }

    /// Where the panels lie between `top` and the axis of time.
    fn areas(&self, top: f64) -> Vec<Area> {
        let panels = &self.picture.panels;
        let free = self.height - FOOT - top - HEADING * panels.len() as f64;
        let shares: f64 = panels.iter().map(|panel| f64::from(panel.share)).sum();
        let mut y = top;
        let area = |panel: &Panel| {
            let height = (free * f64::from(panel.share) / shares).max(4.0);
            let area = Area { x: self.left, y: y + HEADING, width: self.width, height };
            y = area.bottom();
            area
        };
        panels.iter().map(area).collect()
    }

    /// The ground of the panels: what is shaded, and the lines of time.
    fn fields(&mut self, areas: &[Area], times: &Times) {
        for area in areas {
            let Area { x, y, width, height } = area;
            put!(self, r#"<rect class="field" x="{x:.1}" y="{y:.1}" width="{width:.1}" height="{height:.1}"/>"#);
        }
        for (class, silence) in [("pause", false), ("silence", true)] {
            let spans: Vec<(f64, f64)> = self
                .picture
                .shades
                .iter()
                .filter(|shade| shade.silence == silence)
                .map(|shade| (self.x(shade.from), self.x(shade.to)))
                // What is narrower than most of a pixel cannot be seen.
                .filter(|(from, to)| to - from >= 0.7)
                .collect();
            let mut path = String::new();
            for area in areas {
                for (from, to) in &spans {
                    let _ =
                        write!(path, "M{from:.1} {:.1}h{:.1}v{:.1}h{:.1}z", area.y, to - from, area.height, from - to);
                }
            }
            if !path.is_empty() {
                put!(self, r#"<path class="{class}" d="{path}"/>"#);
            }
        }
        let mut path = String::new();
        for (at, _) in &times.ticks {
            for area in areas {
                let _ = write!(path, "M{:.1} {:.1}v{:.1}", self.x(*at), area.y, area.height);
            }
        }
        put!(self, r#"<path class="grid" fill="none" stroke-width="1" d="{path}"/>"#);
    }

    /// Labels under the last panel.
    fn times(&mut self, times: &Times, bottom: f64) {
        let y = bottom + 19.0;
        put!(self, r#"<g class="muted times" font-size="{LABEL}" text-anchor="middle">"#);
        for (at, label) in &times.ticks {
            put!(self, r#"<text x="{:.1}" y="{y:.1}">{label}</text>"#, self.x(*at));
        }
        put!(self, "</g>");
        put!(
            self,
            r#"<text class="muted" font-size="{LABEL}" x="{:.1}" y="{y:.1}" text-anchor="end">{}</text>"#,
            self.left - 27.0,
            times.unit
        );
    }

    /// Bells, sounds and named points in a row above the panels. Of those that would lie on one another, the first is drawn.
    fn marks(&mut self, y: f64) {
        for kind in MarkKind::ALL {
            let mut last = f64::NEG_INFINITY;
            let picture = self.picture;
            for Mark { at, name, .. } in picture.marks.iter().filter(|mark| mark.kind == kind) {
                let x = self.x(*at);
                if x - last >= 6.0 {
                    last = x;
                    put!(
                        self,
                        r#"<path class="mark {}" d="{}"><title>{}</title></path>"#,
                        kind.name(),
                        sign(kind, x, y),
                        escape(name)
                    );
                }
            }
        }
    }

    /// Which marks and shades mean what, at the right of the first heading; and what lines mean, beside each panel's name.
    fn legend(&mut self, areas: &[Area]) {
        let right = self.left + self.width;
        put!(self, r#"<g class="title" stroke-width="4" stroke-linejoin="round" paint-order="stroke">"#);
        for (i, (panel, area)) in self.picture.panels.iter().zip(areas).enumerate() {
            let y = area.y - 8.0;
            let mut end = right;
            if i == 0 {
                end = self.keys(right, y);
            }
            let name = &panel.name;
            put!(
                self,
                r#"<text class="ink panel" font-size="{NAME}" x="{:.1}" y="{y:.1}">{}</text>"#,
                self.left,
                escape(name)
            );
            let mut x = self.left + width(name, NAME) + 8.0;
            if !panel.unit.is_empty() {
                put!(self, r#"<text class="muted" font-size="{LABEL}" x="{x:.1}" y="{y:.1}">{}</text>"#, panel.unit);
                x += width(panel.unit, LABEL) + 8.0;
            }
            for track in panel.tracks.iter().filter(|track| !track.name.is_empty()) {
                let start = x + 12.0;
                let Some(label) = fit(&track.name, LABEL, (end - start - 22.0).min(260.0)) else { break };
                let colour = track.colour % look::COLOURS;
                let dashes =
                    if matches!(track.shape, super::Shape::Constant(_)) { r#" stroke-dasharray="4 3""# } else { "" };
                let middle = y - 4.0;
                put!(
                    self,
                    r#"<path class="line{colour}" fill="none" stroke-width="2.5" d="M{start:.1} {middle:.1}h16"{dashes}/>"#
                );
                put!(
                    self,
                    r#"<text class="muted legend" font-size="{LABEL}" x="{:.1}" y="{y:.1}">{}</text>"#,
                    start + 21.0,
                    escape(&label)
                );
                x = start + 21.0 + width(&label, LABEL);
            }
        }
        put!(self, "</g>");
    }

    /// The keys of shades and marks, to the left of `right`; the result is where they begin.
    fn keys(&mut self, right: f64, y: f64) -> f64 {
        let picture = self.picture;
        let mut x = right;
        for kind in MarkKind::ALL.into_iter().rev().filter(|kind| picture.marks.iter().any(|mark| mark.kind == *kind)) {
            x -= width(kind.name(), LABEL);
            put!(
                self,
                r#"<text class="muted legend" font-size="{LABEL}" x="{x:.1}" y="{y:.1}">{}</text>"#,
                kind.name()
            );
            x -= 9.0;
            put!(self, r#"<path class="mark" d="{}"/>"#, sign(kind, x, y - 4.0));
            x -= 20.0;
        }
        for (class, silence) in [("silence", true), ("pause", false)] {
            if picture.shades.iter().any(|shade| shade.silence == silence) {
                x -= width(class, LABEL);
                put!(self, r#"<text class="muted legend" font-size="{LABEL}" x="{x:.1}" y="{y:.1}">{class}</text>"#);
                x -= 21.0;
                put!(
                    self,
                    r#"<rect class="{class} grid" x="{x:.1}" y="{:.1}" width="16" height="10" stroke-width="1"/>"#,
                    y - 9.5
                );
                x -= 14.0;
            }
        }
        x
    }
}

/// The outline of a mark around a point.
fn sign(kind: MarkKind, x: f64, y: f64) -> String {
    match kind {
        MarkKind::Bell => format!("M{x:.1} {:.1}l4.5 4.5l-4.5 4.5l-4.5 -4.5z", y - 4.5),
        MarkKind::Sound => format!("M{:.1} {:.1}h7v7h-7z", x - 3.5, y - 3.5),
        MarkKind::Point => format!("M{x:.1} {:.1}l-4 -7h8z", y + 4.0),
    }
}
