//! What stands above the panels: the title, what is known of the whole, and chapters.

use super::{Drawing, LABEL, TITLE, escape, fit, put, width};
use std::fmt::Write;

/// The height of a row of chapter titles, in pixels.
pub(super) const LANE: f64 = 18.0;

/// The least room in which a chapter's title says something, in pixels.
const LEAST: f64 = 34.0;

/// The gap between a chapter's line and its title, and between a title and the next line.
const GAP: f64 = 5.0;

/// Titles of chapters are cut to this many letters; the whole is shown where a pointer rests.
const LONGEST: usize = 60;

impl Drawing<'_> {
    /// Writes the title and the facts; the result is where the next row begins.
    pub(super) fn header(&mut self) -> f64 {
        const SIZE: f64 = 13.5;
        let (title, facts) = (self.picture.title.as_str(), self.picture.facts.join("  ·  "));
        let (right, beside) = (self.left + self.width, width(&facts, SIZE));
        let one_row = width(title, TITLE) + 40.0 + beside <= self.width;
        let shown = fit(title, TITLE, self.width).unwrap_or_default();
        put!(self, r#"<text class="ink" font-size="{TITLE}" x="{:.1}" y="36">{}</text>"#, self.left, escape(&shown));
        let (x, y, anchor) = if one_row { (right, 36.0, "end") } else { (self.left, 59.0, "start") };
        if let Some(facts) = fit(&facts, SIZE, self.width) {
            put!(
                self,
                r#"<text class="muted" font-size="{SIZE}" x="{x:.1}" y="{y:.1}" text-anchor="{anchor}">{}</text>"#,
                escape(&facts)
            );
        }
        y + 16.0
    }

    /// In how many rows titles of chapters are laid, one after another from the top down: as few as let all be read in full.
    pub(super) fn chapter_lanes(&self, most: usize) -> usize {
        let chapters = &self.picture.chapters;
        if chapters.is_empty() {
            return 0;
        }
        let whole =
            |lanes: usize| (0..chapters.len()).all(|i| width(&short(&chapters[i].1), LABEL) <= self.room(i, lanes));
        (1..most).find(|lanes| whole(*lanes)).unwrap_or(most)
    }

    /// The room of a chapter's title up to the next one in its row.
    fn room(&self, chapter: usize, lanes: usize) -> f64 {
        let chapters = &self.picture.chapters;
        let end = chapters.get(chapter + lanes).map_or(self.left + self.width + 16.0, |(at, _)| self.x(*at));
        end - self.x(chapters[chapter].0) - 2.0 * GAP
    }

    /// Lines of chapters from their titles down through all panels.
    pub(super) fn chapters(&mut self, top: f64, bottom: f64, lanes: usize) {
        let picture = self.picture;
        for (i, (at, title)) in picture.chapters.iter().enumerate() {
            let (x, y) = (self.x(*at), top + (i % lanes) as f64 * LANE);
            put!(
                self,
                r#"<line class="chapter" x1="{x:.2}" x2="{x:.2}" y1="{:.1}" y2="{bottom:.1}" stroke-width="1"><title>{}</title></line>"#,
                y + 4.0,
                escape(title)
            );
        }
        // After all lines, and with a rim in the colour of the paper: a line that a title passes over is broken there.
        let mut titles = String::new();
        for (i, (at, title)) in picture.chapters.iter().enumerate() {
            let room = self.room(i, lanes);
            if room < LEAST {
                continue;
            }
            let Some(shown) = fit(&short(title), LABEL, room) else { continue };
            let (x, y) = (self.x(*at) + GAP, top + (i % lanes) as f64 * LANE + 14.0);
            let _ = writeln!(titles, r#"<text x="{x:.1}" y="{y:.1}">{}</text>"#, escape(&shown));
        }
        put!(
            self,
            r#"<g class="ink title" font-size="{LABEL}" stroke-width="4" stroke-linejoin="round" paint-order="stroke">"#
        );
        self.out.push_str(&titles);
        put!(self, "</g>");
    }
}

/// A title that is not longer than titles are.
fn short(title: &str) -> String {
    let title = title.trim();
    if title.chars().count() <= LONGEST {
        return title.to_owned();
    }
    let kept: String = title.chars().take(LONGEST - 1).collect();
    format!("{}…", kept.trim_end())
}
