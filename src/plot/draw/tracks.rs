//! One panel: its scale, and its tracks.

use super::{
    super::{Panel, Shape, axis, look::COLOURS},
    Area, Drawing, LABEL, put,
};
use std::fmt::Write;

/// Points lie at least so many pixels apart.
const POINT: f64 = 0.7;

/// How a value becomes a height.
#[derive(Clone, Copy)]
struct Scale {
    area: Area,
    low: f64,
    high: f64,
}

impl Scale {
    fn y(&self, value: f64) -> f64 {
        let part = ((value - self.low) / (self.high - self.low)).clamp(0.0, 1.0);
        self.area.bottom() - part * self.area.height
    }
}

impl Drawing<'_> {
    pub(super) fn panel(&mut self, panel: &Panel, area: Area) {
        let wave = panel.tracks.iter().any(|track| matches!(track.shape, Shape::Wave(_)));
        let (scale, lines) = if wave { amplitudes(panel, area) } else { levels(panel, area) };
        for line in lines {
            let y = scale.y(line);
            put!(self, r#"<path class="grid" stroke-width="1" d="M{:.1} {y:.1}h{:.1}"/>"#, area.x, area.width);
            put!(
                self,
                r#"<text class="muted level" font-size="{LABEL}" x="{:.1}" y="{:.1}" text-anchor="end">{}</text>"#,
                area.x - 8.0,
                y + 4.2,
                number(line)
            );
        }
        for track in &panel.tracks {
            let colour = track.colour % COLOURS;
            match &track.shape {
                Shape::Wave(values) => self.wave(values, colour, scale),
                Shape::Line(values) => self.line(values, colour, scale, None),
                Shape::Area(values) => self.line(values, colour, scale, Some(scale.low)),
                Shape::FromZero(values) => self.line(values, colour, scale, Some(0.0)),
                Shape::Constant(value) => {
                    let y = scale.y(f64::from(*value));
                    let (x, width) = (area.x, area.width);
                    put!(
                        self,
                        r#"<path class="line{colour}" stroke-width="1.3" stroke-dasharray="5 4" d="M{x:.1} {y:.1}h{width:.1}"/>"#
                    );
                }
            }
        }
    }

    /// How many values become one point.
    fn together(&self) -> usize {
        let pixels = self.picture.step / self.picture.length * self.width;
        ((POINT / pixels).ceil() as usize).max(1)
    }

    /// Where a value begins, in seconds.
    fn time(&self, value: usize) -> f64 {
        (value as f64 * self.picture.step).min(self.picture.length)
    }

    fn wave(&mut self, values: &[[f32; 3]], colour: usize, scale: Scale) {
        let together = self.together();
        let (mut above, mut below) = (Vec::new(), Vec::new());
        for (i, some) in values.chunks(together).enumerate() {
            let x = self.x(f64::midpoint(self.time(i * together), self.time(i * together + some.len())));
            let low = some.iter().fold(f32::INFINITY, |low, value| low.min(value[0]));
            let high = some.iter().fold(f32::NEG_INFINITY, |high, value| high.max(value[1]));
            let power = some.iter().map(|value| value[2] * value[2]).sum::<f32>() / some.len() as f32;
            above.push([(x, f64::from(high)), (x, f64::from(power.sqrt()))]);
            below.push([(x, f64::from(low)), (x, f64::from(-power.sqrt()))]);
        }
        for (layer, opacity) in [(0, 0.42), (1, 0.9)] {
            let mut path = String::new();
            let around = above.iter().chain(below.iter().rev());
            for (i, (x, value)) in around.map(|point| point[layer]).enumerate() {
                let _ = write!(path, "{}{x:.1} {:.1}", if i == 0 { "M" } else { "L" }, scale.y(value));
            }
            put!(self, r#"<path class="fill{colour}" fill-opacity="{opacity}" d="{path}Z"/>"#);
        }
    }

    /// A line with its gaps; with `ground` the area between the line and that value is filled.
    fn line(&mut self, values: &[Option<f32>], colour: usize, scale: Scale, ground: Option<f64>) {
        let together = self.together();
        let (mut line, mut fill) = (String::new(), String::new());
        let points: Vec<(f64, f64, Option<f64>)> = values
            .chunks(together)
            .enumerate()
            .map(|(i, some)| {
                let (from, to) = (self.time(i * together), self.time(i * together + some.len()));
                let there = some.iter().flatten().map(|value| f64::from(*value));
                let (count, sum) = there.fold((0, 0.0), |(count, sum), value| (count + 1, sum + value));
                (self.x(from), self.x(to), (count > 0).then(|| scale.y(sum / f64::from(count))))
            })
            .collect();
        // What goes on under the scale is no line along its bottom.
        let under =
            |i: usize| points.get(i).is_none_or(|point| point.2.is_none_or(|y| y >= scale.area.bottom() - 0.05));
        let points: Vec<_> = (0..points.len())
            .map(|i| {
                let (from, to, y) = points[i];
                let hidden = under(i) && under(i + 1) && (i == 0 || under(i - 1));
                (from, to, y.filter(|_| !hidden))
            })
            .collect();
        for run in points.chunk_by(|a, b| a.2.is_some() == b.2.is_some()) {
            let (first, last) = (run[0], run[run.len() - 1]);
            let (Some(begin), Some(end)) = (first.2, last.2) else { continue };
            let mut path = format!("{:.1} {begin:.1}", first.0);
            for (from, to, y) in run {
                let _ = write!(path, "L{:.1} {:.1}", f64::midpoint(*from, *to), y.unwrap_or(begin));
            }
            let _ = write!(path, "L{:.1} {end:.1}", last.1);
            if let Some(ground) = ground {
                let y = scale.y(ground);
                let _ = write!(fill, "M{:.1} {y:.1}L{path}L{:.1} {y:.1}Z", first.0, last.1);
            }
            let _ = write!(line, "M{path}");
        }
        if !fill.is_empty() {
            put!(self, r#"<path class="fill{colour}" fill-opacity="0.16" d="{fill}"/>"#);
        }
        put!(self, r#"<path class="line{colour}" fill="none" stroke-width="1.4" stroke-linejoin="round" d="{line}"/>"#);
    }
}

/// A scale that the highest sample fills, and its lines.
fn amplitudes(panel: &Panel, area: Area) -> (Scale, Vec<f64>) {
    let waves = panel.tracks.iter().filter_map(|track| match &track.shape {
        Shape::Wave(values) => Some(values),
        _ => None,
    });
    let highest = waves.flatten().fold(0f32, |highest, value| highest.max(value[1]).max(-value[0]));
    let high = f64::from(highest.clamp(0.01, 4.0)) * 1.06;
    let step = [2.0, 1.0, 0.5, 0.2, 0.1, 0.05, 0.02, 0.01, 0.005]
        .into_iter()
        .find(|step| *step < high * 0.85)
        .unwrap_or(0.005);
    let lines = if area.height >= 54.0 { vec![-step, 0.0, step] } else { vec![0.0] };
    (Scale { area, low: -high, high }, lines)
}

fn levels(panel: &Panel, area: Area) -> (Scale, Vec<f64>) {
    let mut all = Vec::new();
    for track in &panel.tracks {
        match &track.shape {
            Shape::Line(values) | Shape::Area(values) => all.extend(values.iter().flatten().copied()),
            Shape::FromZero(values) => all.extend(values.iter().flatten().copied().chain([0.0])),
            Shape::Constant(value) => all.push(*value),
            Shape::Wave(_) => {}
        }
    }
    let axis::Levels { low, high, lines } = axis::levels(all.into_iter(), f64::from(panel.reach), area.height);
    (Scale { area, low, high }, lines)
}

/// A number with a true minus.
fn number(value: f64) -> String {
    let text = format!("{value}");
    text.replace('-', "−")
}
