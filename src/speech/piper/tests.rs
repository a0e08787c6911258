use super::*;
use crate::speech::PromptSentence;
use std::sync::OnceLock;

const VOICE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/voices/en_US-joe-medium/en_US-joe-medium.onnx");

fn silent_options() -> PiperOptions {
    PiperOptions { noise: Some(0.0), noise_w: Some(0.0), ..PiperOptions::default() }
}

fn joe() -> &'static PiperVoice {
    static JOE: OnceLock<PiperVoice> = OnceLock::new();
    JOE.get_or_init(|| PiperVoice::load(Path::new(VOICE), &PiperOptions::default()).unwrap())
}

fn joe_without_noise() -> &'static PiperVoice {
    static JOE: OnceLock<PiperVoice> = OnceLock::new();
    JOE.get_or_init(|| PiperVoice::load(Path::new(VOICE), &silent_options()).unwrap())
}

fn parity(i: usize) -> (Ids, Vec<f32>) {
    let base = format!("{}/tests/data/parity/noiseless-{i}", env!("CARGO_MANIFEST_DIR"));
    let json: serde_json::Value = serde_json::from_slice(&std::fs::read(format!("{base}.json")).unwrap()).unwrap();
    let ids: Vec<i32> = serde_json::from_value(json["ids"].clone()).unwrap();
    let wav = hound::WavReader::open(format!("{base}.wav")).unwrap();
    let samples = wav.into_samples::<f32>().map(Result::unwrap).collect();
    (Ids { stretch: vec![1.0; ids.len()], ids, unknown: Vec::new() }, samples)
}

fn snr(ours: &[f32], reference: &[f32]) -> f64 {
    assert_eq!(ours.len(), reference.len());
    let signal: f64 = reference.iter().map(|x| f64::from(*x).powi(2)).sum();
    let noise: f64 = ours.iter().zip(reference).map(|(a, b)| f64::from(a - b).powi(2)).sum();
    10.0 * (signal / noise).log10()
}

fn prompt(phonemes: &[&str]) -> Prompt {
    let sentence = |p: &&str| PromptSentence { phonemes: (*p).into(), stretch: vec![1.0; p.chars().count()] };
    Prompt { sentences: phonemes.iter().map(sentence).collect(), pace: 1.0, seed: 1 }
}

fn spoken(voice: &PiperVoice, ids: &Ids) -> Vec<f32> {
    voice.decode(voice.latent_of(ids, 1.0, Noise::new(1, &[], 1.0), None).unwrap()).unwrap()
}

#[test]
fn without_noise_it_says_what_onnx_runtime_says() {
    for i in 0..3 {
        let (ids, reference) = parity(i);
        let snr = snr(&spoken(joe_without_noise(), &ids), &reference);
        println!("{snr:.1} dB");
        assert!(snr >= 60.0, "utterance {i}: {snr} dB");
    }
}

#[test]
fn a_voice_whose_decoder_is_left_to_the_engine_says_the_same() {
    let voice = PiperVoice::load(Path::new(VOICE), &PiperOptions { rten_only: true, ..silent_options() }).unwrap();
    assert!(voice.decoder.is_none() && joe().decoder.is_some());
    assert_ne!(voice.identity(), joe_without_noise().identity());
    let (ids, reference) = parity(0);
    assert!(snr(&spoken(&voice, &ids), &reference) >= 60.0);
}

#[test]
fn the_same_prompt_gives_the_same_samples_and_another_seed_does_not() {
    let mut prompt = prompt(&["həlˈoʊ."]);
    let first = joe().speak(&prompt).unwrap();
    assert_eq!(joe().speak(&prompt).unwrap(), first);
    prompt.seed = 2;
    assert_ne!(joe().speak(&prompt).unwrap(), first);
}

#[test]
fn many_threads_say_what_one_says() {
    use rayon::prelude::*;
    let prompts: Vec<Prompt> = (0..6).map(|seed| Prompt { seed, ..prompt(&["bɹˈiːð."]) }).collect();
    let alone: Vec<Clip> = prompts.iter().map(|p| joe().speak(p).unwrap()).collect();
    let together: Vec<Clip> = prompts.par_iter().map(|p| joe().speak(p).unwrap()).collect();
    assert_eq!(alone, together);
}

#[test]
fn a_slower_pace_takes_longer() {
    let mut prompt = prompt(&["bɹˈiːð ˈɪn ænd ˈaʊt."]);
    let plain = joe_without_noise().speak(&prompt).unwrap().samples.len() as f32;
    prompt.pace = 0.5;
    let slow = joe_without_noise().speak(&prompt).unwrap().samples.len() as f32;
    // Lengths are rounded up to whole frames, which is more of a short one.
    assert!((1.6..2.0).contains(&(slow / plain)), "{}", slow / plain);
}

#[test]
fn stretched_phonemes_take_longer_and_the_rest_does_not() {
    let mut prompt = prompt(&["bɹˈiːð ˈɪn ænd ˈaʊt."]);
    let frames = |prompt: &Prompt| match joe_without_noise().latent(prompt).unwrap().0 {
        Spoken::Frames { frames, .. } => frames,
        Spoken::Samples(_) => unreachable!(),
    };
    let plain = frames(&prompt);
    prompt.sentences[0].stretch.iter_mut().for_each(|s| *s = 1.5);
    let all = frames(&prompt);
    prompt.sentences[0].stretch[..10].fill(1.0);
    let some = frames(&prompt);
    assert!(plain < some && some < all, "{plain} {some} {all}");
    assert!((1.3..1.6).contains(&(all as f32 / plain as f32)));
}

#[test]
fn the_number_of_cores_changes_no_sample() {
    let prompt = prompt(&["ænd bɹˈiːð ˈɪn, slˈoʊli ænd dʒˈɛntli, æz ɪf juː hæd ˈɔːl ðə tˈaɪm ðæt ðɛɹ ˈɪz."]);
    let one = joe().latent(&prompt).unwrap();
    for cores in [2, 3, 8] {
        let threads = Arc::new(ThreadPool::with_num_threads(cores));
        assert_eq!(joe().latent_on(&prompt, Some(&threads)).unwrap(), one, "{cores} cores");
    }
}

#[test]
fn nothing_to_say_is_an_empty_clip() {
    assert!(joe().speak(&prompt(&[])).unwrap().samples.is_empty());
    assert!(joe().speak(&prompt(&["☃"])).unwrap().samples.is_empty());
}

#[test]
fn one_phoneme_can_be_spoken() {
    assert!(!joe().speak(&prompt(&["ɑ"])).unwrap().samples.is_empty());
}

#[test]
fn the_size_of_a_step_changes_no_sample() {
    let Latent(Spoken::Frames { data, frames }) = joe().latent(&prompt(&["bɹˈiːð."])).unwrap() else {
        unreachable!()
    };
    let decoder = joe().decoder.as_ref().unwrap();
    let whole = decoder.decode(&data, frames, frames).unwrap();
    assert_eq!(whole.len(), frames * 256);
    for step in [1, 5, 6, 17, 1000] {
        assert_eq!(decoder.decode(&data, frames, step).unwrap(), whole, "steps of {step} frames");
    }
    assert_eq!(decoder.decode(&data, frames + 1, 6), None);
}

#[test]
fn steps_join_to_the_whole() {
    let latent = joe().latent(&prompt(&["bɹˈiːð ˈɪn."])).unwrap();
    let mut joined = Vec::new();
    joe()
        .decode_steps(&latent, |step| {
            joined.extend_from_slice(step);
            ControlFlow::Continue(())
        })
        .unwrap();
    assert_eq!(joined, joe().decode(latent).unwrap());
}

#[test]
fn silence_is_trimmed_but_for_a_guard_and_edges_are_faded() {
    let rate = SampleRate::new(8000).unwrap();
    let mut samples = vec![0.003; 1000];
    samples[400..600].fill(0.5);
    let trimmed = trim(samples, rate);
    assert_eq!(trimmed.len(), 80 + 200 + 80);
    assert!(trimmed[0] < 1e-4 && trimmed[359] < 1e-4);
    assert_eq!((trimmed[40], trimmed[80], trimmed[279]), (0.003, 0.5, 0.5));
    assert!(trim(vec![0.003; 1000], rate).is_empty());
    assert!(trim(vec![], rate).is_empty());
}

#[test]
fn an_identity_names_what_the_samples_depend_on() {
    assert!(joe().identity().starts_with("piper 1 "));
    assert!(joe().identity().ends_with(" noise 0.667 0.8 length 1 speaker 0 decoder native"));
    assert_ne!(joe().identity(), joe_without_noise().identity());
}

/// What loading says about a voice whose files hold these bytes; `None` is the good file.
fn refusal(onnx: Option<&[u8]>, json: Option<&str>, options: &PiperOptions) -> String {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("voice.onnx");
    match onnx {
        Some(bytes) => std::fs::write(&path, bytes).unwrap(),
        None => drop(std::fs::copy(VOICE, &path).unwrap()),
    }
    let good = std::fs::read_to_string(format!("{VOICE}.json")).unwrap();
    std::fs::write(folder.path().join("voice.onnx.json"), json.unwrap_or(&good)).unwrap();
    let error = PiperVoice::load(&path, options).unwrap_err().to_string();
    error.replace(folder.path().to_str().unwrap(), "DIR")
}

#[test]
fn files_that_are_no_voice_are_refused_with_a_reason() {
    let options = PiperOptions::default();
    assert_eq!(
        refusal(Some(b""), None, &options),
        "DIR/voice.onnx is not a usable voice: this is not an ONNX model: it has no graph"
    );
    assert!(refusal(Some(b"Not found, sorry\n"), None, &options).starts_with("DIR/voice.onnx is not a usable voice: "));
    assert!(refusal(None, Some("<html>"), &options).contains("it is not the JSON of a Piper voice"));
    let missing = PiperVoice::load(Path::new("/nowhere/voice.onnx"), &options).unwrap_err();
    assert_eq!(missing.to_string(), "cannot read /nowhere/voice.onnx.json");
}

#[test]
fn a_model_that_is_cut_off_is_refused() {
    let whole = std::fs::read(VOICE).unwrap();
    for length in [1, 10, 1000, 100_000, 30_000_000, whole.len() - 1000, whole.len() - 1] {
        let reason = refusal(Some(&whole[..length]), None, &PiperOptions::default());
        assert!(reason.starts_with("DIR/voice.onnx is not a usable voice: "), "{length}: {reason}");
    }
}

#[test]
fn a_speaker_whom_a_voice_does_not_have_is_refused() {
    let with = |speaker| PiperOptions { speaker: Some(speaker), ..PiperOptions::default() };
    assert_eq!(
        refusal(None, None, &with(Speaker::Number(1))),
        "DIR/voice.onnx.json is not a usable voice: it has no speaker 1; it has 1, numbered from 0"
    );
    assert_eq!(
        refusal(None, None, &with(Speaker::Name("anna".into()))),
        "DIR/voice.onnx.json is not a usable voice: it has no speaker \"anna\"; its speakers have no names"
    );
}
