//! Recipes: TOML files that say which layers an ambience is made of.

mod known;

use super::{
    BedError,
    file::{FileBed, LoopMode},
    generate::{Generator, Part, SEGMENT, fork},
    layer::{
        Colour, Drone, Events, Flicker, Layer, Noise, Ocean, Wind, birds, bowls, bubbles, crackles, crickets, drops,
        heartbeats,
    },
};
use crate::audio::SampleRate;
use std::{
    collections::BTreeMap,
    fs,
    path::{Path, PathBuf},
    sync::Arc,
    time::Duration,
};

/// Keys of a recipe itself.
const KEYS: [&str; 3] = ["title", "description", "layer"];

/// The recipes that are part of the program.
const BUILT_IN: [(&str, &str); 12] = [
    ("brown-noise", include_str!("../../ambience/brown-noise.toml")),
    ("fireside", include_str!("../../ambience/fireside.toml")),
    ("forest-birds", include_str!("../../ambience/forest-birds.toml")),
    ("heartbeat", include_str!("../../ambience/heartbeat.toml")),
    ("low-drone", include_str!("../../ambience/low-drone.toml")),
    ("night-crickets", include_str!("../../ambience/night-crickets.toml")),
    ("night-rain", include_str!("../../ambience/night-rain.toml")),
    ("ocean", include_str!("../../ambience/ocean.toml")),
    ("pink-noise", include_str!("../../ambience/pink-noise.toml")),
    ("singing-bowls", include_str!("../../ambience/singing-bowls.toml")),
    ("stream", include_str!("../../ambience/stream.toml")),
    ("wind", include_str!("../../ambience/wind.toml")),
];

/// The largest recipe, in bytes.
const LARGEST: u64 = 1 << 20;

/// The most layers.
const LAYERS: usize = 16;

/// A recipe that can be opened.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RecipeInfo {
    /// The name that a script uses.
    pub name: String,
    /// A few words.
    pub title: String,
    /// One sentence.
    pub description: String,
    /// The file, or nothing when the recipe is built in.
    pub path: Option<PathBuf>,
}

/// All recipes by name: the files `NAME.toml` of these folders, the first folder winning, and those built in.
///
/// A file that cannot be read is listed with what is wrong as its description.
#[must_use]
pub fn recipes(dirs: &[PathBuf]) -> Vec<RecipeInfo> {
    let mut found = BTreeMap::new();
    for dir in dirs {
        for entry in fs::read_dir(dir).into_iter().flatten().flatten() {
            let path = entry.path();
            if path.extension().is_some_and(|extension| extension == "toml")
                && let Some(name) = path.file_stem().and_then(|stem| stem.to_str())
            {
                found.entry(name.to_owned()).or_insert(Some(path.clone()));
            }
        }
    }
    for (name, _) in BUILT_IN {
        found.entry(name.to_owned()).or_insert(None);
    }
    found
        .into_iter()
        .map(|(name, path)| {
            let parsed =
                text(&name, path.as_deref()).and_then(|text| Recipe::parse(&shown(&name, path.as_deref()), &text));
            let (title, description) = match parsed {
                Ok(recipe) => (recipe.title, recipe.description),
                Err(cause) => (name.clone(), format!("cannot be used: {cause}")),
            };
            RecipeInfo { name, title, description, path }
        })
        .collect()
}

/// The recipe of this name.
///
/// # Errors
///
/// When there is none: the error names the nearest, and all.
pub fn find(name: &str, dirs: &[PathBuf]) -> Result<RecipeInfo, BedError> {
    let all = recipes(dirs);
    if let Some(found) = all.iter().find(|recipe| recipe.name == name) {
        return Ok(found.clone());
    }
    let names: Vec<&str> = all.iter().map(|recipe| recipe.name.as_str()).collect();
    Err(BedError::UnknownRecipe { name: name.into(), hint: nearest(name, &names), known: names.join(", ") })
}

/// `, did you mean ...?`, or nothing when no name is near.
fn nearest(given: &str, names: &[&str]) -> String {
    names
        .iter()
        .map(|name| (strsim::jaro_winkler(given, name), name))
        .filter(|(likeness, _)| *likeness > 0.7)
        .max_by(|a, b| a.0.total_cmp(&b.0))
        .map_or_else(String::new, |(_, name)| format!(", did you mean `{name}`?"))
}

fn shown(name: &str, path: Option<&Path>) -> String {
    path.map_or_else(|| format!("{name}.toml"), |path| path.display().to_string())
}

fn text(name: &str, path: Option<&Path>) -> Result<String, BedError> {
    let Some(path) = path else {
        return Ok(BUILT_IN.iter().find(|built| built.0 == name).map_or("", |built| built.1).to_owned());
    };
    let io = |source| BedError::Io { path: path.to_owned(), source };
    let about = fs::metadata(path).map_err(io)?;
    if !about.is_file() {
        return Err(BedError::NotAFile { path: path.to_owned(), what: "a folder or a device" });
    }
    if about.len() > LARGEST {
        return Err(BedError::Unusable { path: path.to_owned(), problem: "is larger than 1 MiB".into() });
    }
    fs::read_to_string(path).map_err(io)
}

/// A number of a layer.
struct Parameter {
    key: &'static str,
    unit: &'static str,
    least: f32,
    most: f32,
    /// What it is when it is left out; NaN when the layer then does without.
    usual: f32,
}

const fn number(key: &'static str, unit: &'static str, least: f32, most: f32, usual: f32) -> Parameter {
    Parameter { key, unit, least, most, usual }
}

const LOW_PASS: Parameter = number("low_pass", "Hz", 20.0, 20_000.0, f32::NAN);
const HIGH_PASS: Parameter = number("high_pass", "Hz", 20.0, 20_000.0, f32::NAN);
const LEVEL: Parameter = number("level", "dB", -60.0, 20.0, 0.0);

/// The kinds of layers with their numbers.
const KINDS: [(&str, &[Parameter]); 11] = [
    (
        "noise",
        &[LEVEL, LOW_PASS, HIGH_PASS, number("sway", "s", 1.0, 120.0, f32::NAN), number("depth", "", 0.0, 1.0, 0.3)],
    ),
    ("rain", &[LEVEL, number("drops", "a second", 0.1, 400.0, 60.0), number("brightness", "", 0.0, 1.0, 0.6)]),
    ("ocean", &[LEVEL, number("period", "s", 3.0, 60.0, 9.0), number("brightness", "Hz", 1_000.0, 12_000.0, 4_500.0)]),
    ("stream", &[LEVEL, number("bubbles", "a second", 1.0, 400.0, 90.0)]),
    (
        "wind",
        &[
            LEVEL,
            number("gust", "s", 1.0, 120.0, 7.0),
            number("low", "Hz", 50.0, 2_000.0, 160.0),
            number("high", "Hz", 100.0, 4_000.0, 700.0),
        ],
    ),
    ("fire", &[LEVEL, number("crackles", "a second", 0.1, 100.0, 9.0)]),
    ("crickets", &[LEVEL, number("chirps", "a second", 0.1, 40.0, 5.0)]),
    ("birds", &[LEVEL, number("every", "s", 0.5, 120.0, 5.0)]),
    ("drone", &[LEVEL, number("root", "Hz", 30.0, 440.0, 65.41), number("beat", "Hz", 0.0, 4.0, 0.25)]),
    ("bowls", &[LEVEL, number("every", "s", 2.0, 300.0, 14.0), number("root", "Hz", 60.0, 880.0, 176.0)]),
    ("heartbeat", &[LEVEL, number("rate", "beats a minute", 20.0, 160.0, 56.0)]),
];

/// A recipe with every value checked.
struct Recipe {
    title: String,
    description: String,
    layers: Vec<Ingredient>,
}

struct Ingredient {
    kind: &'static str,
    numbers: BTreeMap<&'static str, f32>,
    colour: Colour,
    chord: Vec<f32>,
    file: Option<PathBuf>,
}

impl Ingredient {
    fn get(&self, key: &str) -> f32 {
        self.numbers.get(key).copied().unwrap_or(f32::NAN)
    }

    fn maybe(&self, key: &str) -> Option<f32> {
        self.numbers.get(key).copied().filter(|value| !value.is_nan())
    }
}

impl Recipe {
    fn parse(file: &str, text: &str) -> Result<Self, BedError> {
        let wrong = |place: &str, problem: String| BedError::Recipe { file: file.into(), place: place.into(), problem };
        let table: toml::Table =
            text.parse().map_err(|source| BedError::NotToml { file: file.into(), source: Box::new(source) })?;
        for key in table.keys() {
            if !KEYS.contains(&key.as_str()) {
                let problem = format!("unknown key{}; allowed are {}", nearest(key, &KEYS), KEYS.join(", "));
                return Err(wrong(key, problem));
            }
        }
        let line = |key: &str| match table.get(key) {
            Some(toml::Value::String(text)) if !text.trim().is_empty() && !text.contains('\n') => Ok(text.clone()),
            _ => Err(wrong(key, "must be there: one line of text between quotes".into())),
        };
        let (title, description) = (line("title")?, line("description")?);
        let layers = match table.get("layer") {
            Some(toml::Value::Array(layers)) if (1..=LAYERS).contains(&layers.len()) => layers,
            _ => return Err(wrong("layer", format!("there must be 1 to {LAYERS} of `[[layer]]`"))),
        };
        let layers = layers
            .iter()
            .enumerate()
            .map(|(n, layer)| Self::ingredient(file, n + 1, layer))
            .collect::<Result<_, _>>()?;
        Ok(Self { title, description, layers })
    }

    fn ingredient(file: &str, n: usize, layer: &toml::Value) -> Result<Ingredient, BedError> {
        let wrong = |key: &str, problem: String| BedError::Recipe {
            file: file.into(),
            place: format!("layer {n}: {key}"),
            problem,
        };
        let table = layer.as_table().ok_or_else(|| wrong("layer", "must be a table, `[[layer]]`".into()))?;
        let names: Vec<&str> = KINDS.iter().map(|kind| kind.0).chain(["file"]).collect();
        let given = table.get("kind").and_then(toml::Value::as_str).unwrap_or_default();
        let (kind, parameters): (&'static str, &[Parameter]) = match KINDS.iter().find(|kind| kind.0 == given) {
            Some(&(kind, parameters)) => (kind, parameters),
            None if given == "file" => ("file", &[LEVEL]),
            None => {
                let problem =
                    format!("there is no kind `{given}`{}; allowed are {}", nearest(given, &names), names.join(", "));
                return Err(wrong("kind", problem));
            }
        };
        let mut keys: Vec<&str> = vec!["kind"];
        keys.extend(parameters.iter().map(|parameter| parameter.key));
        keys.extend(match kind {
            "noise" => ["colour"].as_slice(),
            "drone" => &["chord"],
            "file" => &["path"],
            _ => &[],
        });
        let mut made =
            Ingredient { kind, numbers: BTreeMap::new(), colour: Colour::Pink, chord: vec![1.0, 1.5, 2.0], file: None };
        for (key, value) in table {
            if !keys.contains(&key.as_str()) {
                let problem =
                    format!("unknown key of kind `{kind}`{}; allowed are {}", nearest(key, &keys), keys.join(", "));
                return Err(wrong(key, problem));
            }
            match (key.as_str(), value) {
                ("kind", _) => {}
                ("colour", value) => {
                    made.colour = match value.as_str() {
                        Some("white") => Colour::White,
                        Some("pink") => Colour::Pink,
                        Some("brown") => Colour::Brown,
                        _ => {
                            return Err(wrong(
                                key,
                                format!("{value} is not a colour; allowed are \"white\", \"pink\", \"brown\""),
                            ));
                        }
                    }
                }
                ("chord", value) => {
                    let ratios: Option<Vec<f32>> = value.as_array().map(|all| {
                        all.iter().filter_map(as_number).filter(|ratio| (0.25..=8.0).contains(ratio)).collect()
                    });
                    made.chord = match ratios {
                        Some(ratios)
                            if (1..=4).contains(&ratios.len())
                                && value.as_array().is_some_and(|all| all.len() == ratios.len()) =>
                        {
                            ratios
                        }
                        _ => {
                            return Err(wrong(
                                key,
                                "must be 1 to 4 ratios to the root between 0.25 and 8, as in [1, 1.5, 2]".into(),
                            ));
                        }
                    }
                }
                ("path", value) => match value.as_str() {
                    Some(path) if !path.is_empty() => made.file = Some(path.into()),
                    _ => return Err(wrong(key, "must be the path of a sound file, relative to the recipe".into())),
                },
                _ => {
                    let Some(parameter) = parameters.iter().find(|parameter| parameter.key == key) else { continue };
                    let range = format!(
                        "allowed is a number from {} to {} {}",
                        parameter.least, parameter.most, parameter.unit
                    );
                    match as_number(value) {
                        Some(number) if (parameter.least..=parameter.most).contains(&number) => {
                            made.numbers.insert(parameter.key, number);
                        }
                        _ => return Err(wrong(key, format!("{value} is out of range; {}", range.trim_end()))),
                    }
                }
            }
        }
        for parameter in parameters {
            made.numbers.entry(parameter.key).or_insert(parameter.usual);
        }
        if kind == "file" && made.file.is_none() {
            return Err(wrong("path", "must be there: the path of a sound file, relative to the recipe".into()));
        }
        if let (Some(low), Some(high)) = (made.maybe("low"), made.maybe("high"))
            && low >= high
        {
            return Err(wrong("low", format!("{low} Hz is not below high, {high} Hz")));
        }
        Ok(made)
    }
}

fn as_number(value: &toml::Value) -> Option<f32> {
    match value {
        toml::Value::Integer(whole) => Some(*whole as f32),
        toml::Value::Float(number) => Some(*number as f32),
        _ => None,
    }
}

/// Makes what a recipe describes, at the reference loudness.
///
/// Each layer is first brought to the reference alone, so that `level` means the same for every kind.
pub(super) fn build(
    info: &RecipeInfo,
    rate: SampleRate,
    seed: u64,
    warnings: &mut Vec<String>,
) -> Result<Generator, BedError> {
    let path = info.path.as_deref();
    let text = text(&info.name, path)?;
    let recipe = Recipe::parse(&shown(&info.name, path), &text)?;
    let mut files = Vec::new();
    for (n, ingredient) in recipe.layers.iter().enumerate() {
        let open = |file| {
            let place = path.and_then(Path::parent).unwrap_or(Path::new(".")).join(file);
            let looping = LoopMode::Crossfade(Duration::from_secs(3));
            FileBed::open(&place, looping, None, rate, fork(seed, n as u64))
        };
        let opened = ingredient.file.as_ref().map(open).transpose()?;
        files.push(opened.map(|(bed, said)| {
            warnings.extend(said);
            Arc::new(bed)
        }));
    }
    let layers = layers(&recipe, &files, rate, seed);
    if let Some(gains) = known::gains(&text, rate).filter(|gains| gains.len() == layers.len()) {
        return Ok(Generator::with_gains(layers, gains.to_vec()));
    }
    // How loud a recipe is does not depend on where its drops happen to fall.
    Ok(Generator::measured_on(layers, rate, move || self::layers(&recipe, &files, rate, MEASURED_SEED)))
}

/// What recipes are measured with.
const MEASURED_SEED: u64 = 0;

/// The layers of a recipe; `files` has the sound of each ingredient that is a file.
fn layers(recipe: &Recipe, files: &[Option<Arc<FileBed>>], rate: SampleRate, seed: u64) -> Vec<Part> {
    let mut layers = Vec::new();
    for (n, (ingredient, file)) in recipe.layers.iter().zip(files).enumerate() {
        let level = 10f32.powf(ingredient.get("level") / 20.0);
        if let Some(file) = file {
            layers.push(Part { layer: Box::new(Arc::clone(file)), share: level, measured: 0 });
            continue;
        }
        let measured = (stretch(ingredient) * rate.hertz() as f32 / SEGMENT as f32).ceil() as u64;
        let made = parts(ingredient, rate, fork(seed, n as u64)).into_iter();
        layers.extend(made.map(|(layer, share)| Part { layer, share: share * level, measured }));
    }
    layers
}

/// Seconds that say how loud a layer is: a few of its waves, gusts or strokes.
fn stretch(ingredient: &Ingredient) -> f32 {
    match ingredient.kind {
        "noise" if ingredient.maybe("sway").is_none() => 8.0,
        "rain" | "stream" | "heartbeat" | "crickets" | "drone" => 12.0,
        "noise" => 6.0 * ingredient.get("sway"),
        "ocean" => 8.0 * ingredient.get("period"),
        "wind" => 15.0 * ingredient.get("gust"),
        "birds" | "bowls" => 12.0 * ingredient.get("every"),
        _ => 24.0,
    }
    .clamp(8.0, 120.0)
}

/// The layers of an ingredient, each with its share.
fn parts(given: &Ingredient, rate: SampleRate, key: u64) -> Vec<(Box<dyn Layer>, f32)> {
    let hertz = rate.hertz() as f32;
    let noise =
        |colour, low_pass, high_pass, part| Noise { colour, low_pass, high_pass, rate: hertz, key: fork(key, part) };
    let events = |grains, slot: f32, per_slot, jitter, quietest, width| Events {
        grains,
        slot: f64::from(slot) * f64::from(hertz),
        per_slot,
        jitter,
        quietest,
        width,
        key: fork(key, 40),
    };
    let one = |layer: Box<dyn Layer>| vec![(layer, 1.0)];
    match given.kind {
        "noise" => {
            let noise = noise(given.colour, given.maybe("low_pass"), given.maybe("high_pass"), 1);
            match given.maybe("sway") {
                Some(period) => one(Box::new(Flicker { noise, period, depth: given.get("depth") })),
                None => one(Box::new(noise)),
            }
        }
        "rain" => {
            let grains = drops(hertz, given.get("brightness"), fork(key, 41));
            one(Box::new(events(grains, 0.05, given.get("drops") * 0.05, 1.0, 0.04, 0.9)))
        }
        "ocean" => one(Box::new(Ocean {
            body: noise(Colour::Brown, Some(600.0), Some(50.0), 1),
            foam: noise(Colour::Pink, Some(given.get("brightness")), Some(500.0), 2),
            period: given.get("period"),
        })),
        "stream" => {
            let grains = bubbles(hertz, fork(key, 41));
            let water = Flicker { noise: noise(Colour::Pink, Some(2_200.0), Some(350.0), 1), period: 1.3, depth: 0.35 };
            vec![
                (Box::new(events(grains, 0.05, given.get("bubbles") * 0.05, 1.0, 0.08, 0.9)), 0.55),
                (Box::new(water), 0.75),
            ]
        }
        "wind" => one(Box::new(Wind {
            noise: noise(Colour::Pink, None, Some(40.0), 1),
            gust: given.get("gust"),
            band: (given.get("low"), given.get("high")),
        })),
        "fire" => {
            let grains = crackles(hertz, fork(key, 41));
            let roar = Flicker { noise: noise(Colour::Brown, Some(350.0), Some(60.0), 1), period: 0.35, depth: 0.55 };
            let hiss = Flicker { noise: noise(Colour::Pink, Some(5_000.0), Some(1_200.0), 2), period: 0.8, depth: 0.6 };
            vec![
                (Box::new(roar), 0.8),
                (Box::new(hiss), 0.18),
                (Box::new(events(grains, 0.25, given.get("crackles") * 0.25, 1.0, 0.05, 0.7)), 0.35),
            ]
        }
        "crickets" => {
            let grains = crickets(hertz, fork(key, 41));
            one(Box::new(events(grains, 0.5, given.get("chirps") * 0.5, 1.0, 0.1, 1.0)))
        }
        "birds" => {
            let grains = birds(hertz, fork(key, 41));
            one(Box::new(events(grains, given.get("every"), 1.0, 0.9, 0.25, 0.9)))
        }
        "drone" => one(Box::new(Drone::new(given.get("root"), &given.chord, given.get("beat"), hertz, fork(key, 1)))),
        "bowls" => one(Box::new(events(bowls(rate, given.get("root")), given.get("every"), 1.0, 0.6, 0.5, 0.5))),
        _ => one(Box::new(events(heartbeats(hertz), 60.0 / given.get("rate"), 1.0, 0.04, 0.9, 0.0))),
    }
}

#[cfg(test)]
mod tests;
