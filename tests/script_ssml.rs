//! SSML: each element of the recommendation, and the dialects of two services, is spoken, mapped, or named in a warning.

use std::path::Path;
use undertone::{
    plan::{Settings, plan},
    script::{diagnostic::Severity, parse},
};

/// What is shown of a document, line by line, and the messages about it.
fn heard(body: &str) -> (Vec<String>, Vec<String>) {
    let text = format!("<?xml version=\"1.0\"?>\n<speak version=\"1.1\" xml:lang=\"en-US\">{body}</speak>");
    let parsed = parse(Path::new("a.ssml"), &text);
    assert!(parsed.diagnostics.iter().all(|d| d.severity == Severity::Warning), "{body}: {:?}", parsed.diagnostics);
    let plan = plan(&parsed.script, &Settings::default()).unwrap();
    let shown = plan.lines().map(|line| line.shown.trim().to_owned()).collect();
    (shown, parsed.diagnostics.into_iter().map(|d| d.message).collect())
}

#[test]
fn elements_of_the_recommendation_are_spoken_without_a_warning() {
    for (body, expected) in [
        ("<p><s>This is the first sentence of the paragraph.</s><s>Here is another one of them.</s></p>",
         &["This is the first sentence of the paragraph.", "Here is another one of them."][..]),
        ("Take a deep breath <break/> then go on <break time=\"3s\"/> or wait for it.",
         &["Take a deep breath", "then go on", "or wait for it."]),
        ("<voice name=\"tone\">Moving on to the second part now.</voice>", &["Moving on to the second part now."]),
        ("That is a <emphasis>big</emphasis> car and a <emphasis level=\"strong\">huge</emphasis> bank.",
         &["That is a big car and a huge bank."]),
        ("The price of XYZ is <prosody rate=\"90%\" volume=\"soft\">forty five dollars</prosody> here.",
         &["The price of XYZ is", "forty five dollars", "here."]),
        ("Go from <mark name=\"here\"/> here, to <mark name=\"there\"/> there.", &["Go from", "here, to", "there."]),
        ("<sub alias=\"World Wide Web Consortium\">W3C</sub> makes the standards.", &["W3C makes the standards."]),
        ("I say <phoneme alphabet=\"ipa\" ph=\"təmˈɑːtoʊ\">tomato</phoneme> every day.", &["I say tomato every day."]),
    ] {
        assert_eq!(heard(body), (expected.iter().map(|s| (*s).to_owned()).collect(), Vec::new()), "{body}");
    }
}

#[test]
fn what_cannot_be_done_is_named_and_its_text_is_kept() {
    for body in [
        "<prosody pitch=\"high\">Kind words are spoken here.</prosody>",
        "<prosody contour=\"(0%,+20Hz) (10%,+30%)\">Kind words are spoken here.</prosody>",
        "<prosody range=\"low\">Kind words are spoken here.</prosody>",
        "<lexicon uri=\"http://www.example.com/lexicon.pls\"/>Kind words are spoken here.",
        "<audio src=\"http://www.example.com/a.wav\">Kind words are spoken here.</audio>",
        "<lang xml:lang=\"fr-FR\">Kind words are spoken here.</lang>",
        "<amazon:effect name=\"whispered\">Kind words are spoken here.</amazon:effect>",
        "<amazon:domain name=\"conversational\">Kind words are spoken here.</amazon:domain>",
        "<amazon:auto-breaths frequency=\"low\">Kind words are spoken here.</amazon:auto-breaths>",
        "<mstts:express-as style=\"cheerful\">Kind words are spoken here.</mstts:express-as>",
        "<mstts:silence type=\"Sentenceboundary\" value=\"200ms\"/>Kind words are spoken here.",
        "<mstts:viseme type=\"FacialExpression\"/>Kind words are spoken here.",
    ] {
        let (shown, warnings) = heard(body);
        assert_eq!(shown, ["Kind words are spoken here."], "{body}");
        assert_eq!(warnings.len(), 1, "{body}: {warnings:?}");
    }
}
