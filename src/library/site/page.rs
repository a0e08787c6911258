//! What is written into a site: the page, what it knows of the sessions, and their captions as data.

use super::hash_of;
use crate::library::Entry;
use serde_json::{Value, json};
use std::fmt::Write as _;

/// Below this many bytes all sounds are kept on the device after one visit; above, each when it is asked for.
const KEPT_UNASKED: u64 = 200_000_000;

/// Files of the page that are the same for every library.
const ASSETS: [(&str, &[u8]); 11] = [
    ("theme.js", include_bytes!("assets/theme.js")),
    ("common.js", include_bytes!("assets/common.js")),
    ("captions.js", include_bytes!("assets/captions.js")),
    ("sleep.js", include_bytes!("assets/sleep.js")),
    ("player.js", include_bytes!("assets/player.js")),
    ("list.js", include_bytes!("assets/list.js")),
    ("offline.js", include_bytes!("assets/offline.js")),
    ("app.js", include_bytes!("assets/app.js")),
    ("style.css", include_bytes!("assets/style.css")),
    ("icon.svg", include_bytes!("assets/icon.svg")),
    // For lock screens, and for phones that show no SVG.
    ("icon.png", include_bytes!("assets/icon.png")),
];

const INDEX: &str = include_str!("assets/index.html");
const MANIFEST: &str = include_str!("assets/manifest.webmanifest");
const WORKER: &str = include_str!("assets/worker.js");

/// A session as the page shows it.
#[derive(serde::Serialize)]
pub(super) struct Shown {
    slug: String,
    /// By this captions and remembered positions are known.
    id: String,
    title: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    category: Option<String>,
    tags: Vec<String>,
    favourite: bool,
    seconds: f64,
    chapters: Vec<Value>,
    audio: String,
    pub(super) bytes: u64,
    captions: Option<String>,
    cover: Option<String>,
}

impl Shown {
    pub(super) fn of(
        entry: &Entry,
        id: String,
        audio: String,
        bytes: u64,
        captions: Option<String>,
        cover: Option<String>,
    ) -> Self {
        let about = &entry.about;
        let chapter =
            |mark: &crate::library::ChapterMark| json!({ "at": mark.at.as_secs_f64(), "title": plain(&mark.title) });
        Self {
            slug: entry.slug.clone(),
            id,
            title: plain(&about.title),
            category: about.category.as_deref().map(plain),
            tags: about.tags.iter().map(|tag| plain(tag)).collect(),
            favourite: about.favourite,
            seconds: about.length.as_secs_f64(),
            chapters: about.chapters.iter().map(chapter).collect(),
            audio,
            bytes,
            captions,
            cover,
        }
    }
}

/// The files of the page by name, in the order in which they are written: the page itself is the last.
pub(super) fn shell(sessions: &[Shown]) -> Vec<(String, Vec<u8>)> {
    let all: u64 = sessions.iter().map(|session| session.bytes).sum();
    let data = in_html(&json!({ "keep": all < KEPT_UNASKED, "sessions": sessions }));
    // An address with a hash in it: a browser never shows an old file beside a new one.
    let address = |name: &str, bytes: &[u8]| format!("{name}?{}", &hash_of(bytes)[..8]);
    let mut index = INDEX.to_owned();
    let mut kept = vec!["./".to_owned()];
    for (name, bytes) in ASSETS.into_iter().chain([("manifest.webmanifest", MANIFEST.as_bytes())]) {
        let address = address(name, bytes);
        index = index.replace(&format!("\"{name}"), &format!("\"{address}"));
        kept.push(address);
    }
    // Texts of a person come last: what they hold is not looked at any more.
    let (before, after) = index.split_once("{{plain}}").unwrap_or((&index, ""));
    let (middle, after) = after.split_once("{{data}}").unwrap_or((after, ""));
    let index = [before, &without_scripts(sessions), middle, &data, after].concat();

    let files = |of: fn(&Shown) -> Option<&String>| sessions.iter().filter_map(of).collect::<Vec<_>>();
    let small = [files(|one| one.captions.as_ref()), files(|one| one.cover.as_ref())].concat();
    let worker = WORKER
        .replace("{{version}}", &hash_of([index.as_str(), WORKER].concat().as_bytes())[..16])
        .replace("\"{{shell}}\"", &json!(kept).to_string())
        .replace("\"{{small}}\"", &json!(small).to_string())
        .replace("\"{{sounds}}\"", &json!(files(|one| Some(&one.audio))).to_string());

    let mut shell: Vec<_> = ASSETS.into_iter().map(|(name, bytes)| (name.to_owned(), bytes.to_vec())).collect();
    shell.push(("manifest.webmanifest".to_owned(), MANIFEST.into()));
    shell.push(("index.html".to_owned(), index.into()));
    shell.push(("worker.js".to_owned(), worker.into()));
    shell
}

/// The sessions for a browser that runs no scripts.
fn without_scripts(sessions: &[Shown]) -> String {
    let mut out = String::new();
    for session in sessions {
        let _ = write!(
            out,
            "\n<li><h2 dir=\"auto\">{}</h2><audio controls preload=\"none\" src=\"{}\"></audio></li>",
            escaped(&session.title),
            escaped(&session.audio)
        );
    }
    out
}

/// Captions as a script that holds nothing but data: a page that was opened from a folder may read no other files.
pub(super) fn captions(id: &str, vtt: &str) -> String {
    let mut lines = Vec::new();
    for block in vtt.replace("\r\n", "\n").split("\n\n") {
        let mut rows = block.lines().skip_while(|row| !row.contains(" --> "));
        let Some((start, end)) = rows.next().and_then(|row| row.split_once(" --> ")) else { continue };
        let end = end.split_whitespace().next().unwrap_or_default();
        let text = rows.collect::<Vec<_>>().join(" ");
        // `&amp;` comes last: what it gives is not read again.
        let text = text.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&");
        if let (Some(start), Some(end)) = (seconds(start.trim()), seconds(end)) {
            lines.push(json!([start, end, plain(&text)]));
        }
    }
    format!("\"use strict\";\nUndertone.captions({}, {});\n", in_html(&json!(id)), in_html(&json!(lines)))
}

/// A time as `WebVTT` writes it, in seconds: hours may be missing.
fn seconds(clock: &str) -> Option<f64> {
    let (whole, thousandths) = clock.split_once('.')?;
    let mut millis = 0_u64;
    for part in whole.split(':') {
        millis = millis.checked_mul(60)?.checked_add(part.parse::<u64>().ok()?.checked_mul(1000)?)?;
    }
    Some((millis.checked_add(thousandths.parse().ok()?)?) as f64 / 1000.0)
}

/// A text without control characters and without those that turn the direction of what stands after it.
fn plain(text: &str) -> String {
    let hidden = |c: char| c.is_control() || matches!(c, '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
    text.chars().map(|c| if c.is_whitespace() { ' ' } else { c }).filter(|c| !hidden(*c)).collect()
}

/// JSON that may stand in a page and in a script, whatever its texts hold.
fn in_html(value: &Value) -> String {
    let hidden = |c: char| matches!(c, '<' | '>' | '&' | '\u{2028}' | '\u{2029}');
    let mut out = String::new();
    for c in value.to_string().chars() {
        if hidden(c) {
            let _ = write!(out, "\\u{:04x}", c as u32);
        } else {
            out.push(c);
        }
    }
    out
}

/// A text as it stands in HTML, also in quotes.
fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;").replace('\'', "&#39;")
}

/// Whether a drawing only shows: one that came from elsewhere may hold scripts, and addresses of others.
pub(super) fn is_still(svg: &str) -> bool {
    /// What draws nothing, or draws what lies elsewhere.
    const BANNED: [&str; 10] =
        ["<script", ":script", "foreignobject", "javascript:", "href", "<!", "@import", "://", "<animate", "<set"];
    let text = svg.to_ascii_lowercase().replace("http://www.w3.org/", "");
    // `onload=`, and its like.
    let handler = text.split(|c: char| c.is_ascii_whitespace() || matches!(c, '"' | '\'' | '/')).any(|word| {
        let name = word.split_once('=').map(|(name, _)| name);
        name.and_then(|name| name.strip_prefix("on")).is_some_and(|name| name.bytes().all(|b| b.is_ascii_lowercase()))
    });
    text.starts_with("<svg") && !handler && !BANNED.iter().any(|word| text.contains(word))
}

#[cfg(all(test, feature = "plot-png"))]
mod tests {
    use resvg::{tiny_skia, usvg};

    #[test]
    fn the_two_icons_are_one_picture() {
        let tree = usvg::Tree::from_data(include_bytes!("assets/icon.svg"), &usvg::Options::default()).unwrap();
        let mut drawn = tiny_skia::Pixmap::new(512, 512).unwrap();
        resvg::render(&tree, tiny_skia::Transform::identity(), &mut drawn.as_mut());
        let kept = tiny_skia::Pixmap::decode_png(include_bytes!("assets/icon.png")).unwrap();
        assert_eq!((kept.width(), kept.height()), (512, 512));
        // Edges are smoothed in more ways than one, and few colours are kept.
        let apart = |(a, b): (&u8, &u8)| u64::from(a.abs_diff(*b));
        let mean = drawn.data().iter().zip(kept.data()).map(apart).sum::<u64>() as f64 / drawn.data().len() as f64;
        assert!(mean < 0.5, "{mean}");
    }
}
