//! What is said of a finished render.

use crate::cli::{Talk, clock};
use serde_json::json;
use std::{io::Write, path::Path, time::Instant};
use undertone::{error::Error, session::Rendered, sink::Written};

/// Says what was made.
pub(in crate::cli) fn summary<Done>(
    talk: &Talk,
    output: &Path,
    rendered: &Rendered<Done>,
    written: Written,
    began: Instant,
    json: bool,
) -> Result<(), Error> {
    let rate = rendered.timeline.rate;
    let length = rate.duration(rendered.timeline.length);
    let speech = rate.duration(rendered.timeline.spoken());
    let total = began.elapsed();
    let speed = length.as_secs_f64() / total.as_secs_f64();
    let peak = rendered.loudness.true_peak;
    if json {
        let seconds = &rendered.seconds;
        let value = json!({
            "file": output,
            "duration_s": length.as_secs_f64(),
            "speech_s": speech.as_secs_f64(),
            "utterances": rendered.utterances,
            "synthesized": rendered.synthesized,
            "from_cache": rendered.from_cache,
            "loudness_lufs": rendered.loudness.integrated,
            "true_peak_dbtp": peak.is_finite().then_some(peak),
            "clipped_samples": written.clipped,
            "seconds": {
                "prepare": seconds.prepare.as_secs_f64(),
                "speak": seconds.speak.as_secs_f64(),
                "mix": seconds.mix.as_secs_f64(),
                "write": seconds.write.as_secs_f64(),
                "total": total.as_secs_f64(),
            },
            "times_real_time": speed,
        });
        return Talk::result(&format!("{value:#}"));
    }
    let loud = rendered.loudness.integrated.map_or_else(|| "silent".to_owned(), |lufs| format!("{lufs:.1} LUFS"));
    let peak = if peak.is_finite() { format!(", {peak:.1} dBTP") } else { String::new() };
    talk.summary(&format!(
        "{}: {} ({} of speech), {loud}{peak}; made in {:.1} s, {speed:.0} times real time, {} of {} utterances from the cache",
        output.display(),
        clock(length),
        clock(speech),
        total.as_secs_f64(),
        rendered.from_cache,
        rendered.utterances,
    ));
    drop(std::io::stderr().flush());
    Ok(())
}
