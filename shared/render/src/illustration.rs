//! Illustrations: what stands in a frame where a scene wants a picture that nobody has made. Lines and areas in the colours of the
//! theme, drawn by one of five motifs. Which one follows from the words that describe the picture, everything else from a
//! number made of them: the same words always give the same illustration, others another one.

use crate::diagram::Extent;
use domain::ContentHash;
use serde::Serialize;
use std::f64::consts::TAU;

/// What a motif draws, in layout units from the upper left corner of the frame.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub(crate) enum Stroke {
    /// A disk.
    Disk { x: f64, y: f64, radius: f64, ink: Ink },
    /// A ring.
    Ring { x: f64, y: f64, radius: f64, width: f64, ink: Ink },
    /// A line through points.
    Line { points: Vec<[f64; 2]>, width: f64, ink: Ink },
    /// An area around points.
    Area { points: Vec<[f64; 2]>, ink: Ink },
}

/// A colour of the theme and how much of it covers what lies below, 0 to 1.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub(crate) struct Ink {
    colour: Colour,
    cover: f64,
}

/// The colours of the theme that illustrations use, by their names there.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
enum Colour {
    Accent,
    Stress,
    Muted,
    Ornament,
    Background,
}

fn ink(colour: Colour, cover: f64) -> Ink {
    Ink { colour, cover }
}

/// What an illustration looks like.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Motif {
    /// Hills one behind the other and a sun: land, time, growth.
    Hills,
    /// Points and what joins them: people, systems, relations.
    Network,
    /// Rings that spread from two places: sound, light, influence.
    Waves,
    /// Arcs in squares: machines, data, plans.
    Tiles,
    /// Lines of equal height: thoughts, places, questions.
    Contours,
}

/// Beginnings of English words that ask for a motif.
const WORDS: [(Motif, &[&str]); 5] = [
    (
        Motif::Hills,
        &[
            "climat", "earth", "environ", "farm", "field", "forest", "garden", "grow", "histor", "land", "mountain", "nature",
            "season", "sun", "weather", "year",
        ],
    ),
    (
        Motif::Network,
        &[
            "brain", "cell", "communit", "connect", "famil", "graph", "internet", "molecul", "network", "neuro", "people",
            "social", "societ", "student", "system", "team",
        ],
    ),
    (
        Motif::Waves,
        &[
            "echo", "field", "frequen", "light", "listen", "music", "ocean", "radio", "ripple", "sea", "signal", "sound", "tide",
            "voice", "water", "wave",
        ],
    ),
    (
        Motif::Tiles,
        &[
            "algorithm",
            "build",
            "city",
            "code",
            "comput",
            "data",
            "design",
            "engine",
            "factor",
            "machine",
            "pattern",
            "plan",
            "process",
            "program",
            "robot",
            "software",
        ],
    ),
    (
        Motif::Contours,
        &[
            "explor",
            "idea",
            "island",
            "journey",
            "landscape",
            "map",
            "memor",
            "mind",
            "question",
            "search",
            "think",
            "thought",
            "travel",
            "world",
        ],
    ),
];

const ALL: [Motif; 5] = [Motif::Hills, Motif::Network, Motif::Waves, Motif::Tiles, Motif::Contours];

/// Draws what words describe, over a whole frame.
pub(crate) fn draw(description: &str, frame: Extent) -> Vec<Stroke> {
    let mut dice = Dice::of(description);
    let motif = motif(description, &mut dice);
    let canvas = Canvas { width: frame.width, height: frame.height, side: frame.width.min(frame.height) };
    match motif {
        Motif::Hills => hills(&canvas, &mut dice),
        Motif::Network => network(&canvas, &mut dice),
        Motif::Waves => waves(&canvas, &mut dice),
        Motif::Tiles => tiles(&canvas, &mut dice),
        Motif::Contours => contours(&canvas, &mut dice),
    }
}

/// The motif that most words ask for, the first of those with as many; any where none does.
fn motif(description: &str, dice: &mut Dice) -> Motif {
    let words = description.to_lowercase();
    let words: Vec<&str> = words.split(|sign: char| !sign.is_alphanumeric()).collect();
    let asked = |beginnings: &[&str]| words.iter().filter(|word| beginnings.iter().any(|start| word.starts_with(start))).count();
    let any = ALL[dice.below(ALL.len())];
    let mut best = (any, 0);
    for (motif, beginnings) in WORDS {
        let count = asked(beginnings);
        if count > best.1 {
            best = (motif, count);
        }
    }
    best.0
}

/// What is drawn on.
struct Canvas {
    width: f64,
    height: f64,
    /// The shorter side.
    side: f64,
}

fn hills(canvas: &Canvas, dice: &mut Dice) -> Vec<Stroke> {
    let Canvas { width, height, side } = *canvas;
    let (x, y) = (width * dice.between(0.6, 0.78), height * dice.between(0.26, 0.34));
    let radius = side * 0.13;
    let mut strokes: Vec<Stroke> = [1.9, 1.45]
        .into_iter()
        .map(|scale| Stroke::Disk { x, y, radius: radius * scale, ink: ink(Colour::Accent, 0.1) })
        .collect();
    strokes.push(Stroke::Disk { x, y, radius, ink: ink(Colour::Accent, 1.0) });
    let layers = 5;
    for layer in 0..layers {
        let near = f64::from(layer) / f64::from(layers - 1);
        let base = height * (0.4 + 0.34 * near);
        let waves: Vec<[f64; 3]> = (1..=4)
            .map(|wave| {
                let wave = f64::from(wave);
                [side * 0.11 / wave * dice.between(0.5, 1.0), wave * dice.between(0.55, 0.9), dice.between(0.0, TAU)]
            })
            .collect();
        let ridge =
            |share: f64| base - waves.iter().map(|[high, often, from]| high * (share * TAU * often + from).sin()).sum::<f64>();
        let mut points: Vec<[f64; 2]> =
            (0..=96).map(|step| f64::from(step) / 96.0).map(|share| [share * width, ridge(share)]).collect();
        points.extend([[width, height], [0.0, height]]);
        // What lies behind is covered before it is tinted, so that no ridge shines through.
        strokes.push(Stroke::Area { points: points.clone(), ink: ink(Colour::Background, 1.0) });
        strokes.push(Stroke::Area { points, ink: ink(Colour::Accent, 0.12 + 0.46 * near * near) });
    }
    strokes
}

fn network(canvas: &Canvas, dice: &mut Dice) -> Vec<Stroke> {
    let Canvas { width, height, side } = *canvas;
    let apart = side * 0.17;
    let mut nodes: Vec<[f64; 2]> = Vec::new();
    // Darts that fall too near to one that stands are lost.
    for _ in 0..900 {
        let dart = [dice.between(-0.02, 1.02) * width, dice.between(-0.02, 1.02) * height];
        if nodes.iter().all(|node| distance(*node, dart) > apart) {
            nodes.push(dart);
        }
    }
    let mut edges: Vec<(usize, usize)> = Vec::new();
    for (at, node) in nodes.iter().enumerate() {
        let mut others: Vec<usize> = (0..nodes.len()).filter(|other| *other != at).collect();
        others.sort_by(|one, other| distance(nodes[*one], *node).total_cmp(&distance(nodes[*other], *node)));
        edges.extend(others.into_iter().take(3).map(|other| (at.min(other), at.max(other))));
    }
    edges.sort_unstable();
    edges.dedup();
    let middle = [width * 0.5, height * 0.42];
    let hub = (0..nodes.len()).min_by(|one, other| distance(nodes[*one], middle).total_cmp(&distance(nodes[*other], middle)));
    let is_near = |node: usize| hub.is_some_and(|hub| edges.contains(&(hub.min(node), hub.max(node))));
    let mut strokes: Vec<Stroke> = edges
        .iter()
        .map(|&(one, other)| {
            let strong = Some(one) == hub || Some(other) == hub;
            let (width, ink) = if strong { (6.0, ink(Colour::Accent, 0.9)) } else { (3.0, ink(Colour::Muted, 0.32)) };
            Stroke::Line { points: vec![nodes[one], nodes[other]], width, ink }
        })
        .collect();
    for (at, &[x, y]) in nodes.iter().enumerate() {
        let (share, colour) = match () {
            () if Some(at) == hub => (0.062, Colour::Accent),
            () if is_near(at) => (0.03, Colour::Stress),
            () => (dice.between(0.011, 0.02), Colour::Muted),
        };
        // Lines end at the edge of a node.
        strokes.push(Stroke::Disk { x, y, radius: side * share + 8.0, ink: ink(Colour::Ornament, 1.0) });
        strokes.push(Stroke::Disk { x, y, radius: side * share, ink: ink(colour, 1.0) });
    }
    strokes
}

fn waves(canvas: &Canvas, dice: &mut Dice) -> Vec<Stroke> {
    let Canvas { width, height, side } = *canvas;
    let sources = [
        ([width * dice.between(0.22, 0.34), height * dice.between(0.3, 0.5)], Colour::Accent),
        ([width * dice.between(0.64, 0.78), height * dice.between(0.3, 0.5)], Colour::Stress),
    ];
    let reach = width.hypot(height);
    let step = side * 0.058;
    let mut strokes = Vec::new();
    for ([x, y], colour) in sources {
        let mut radius = step * 1.4;
        while radius < reach {
            let cover = 0.75 * (1.0 - radius / reach).powi(3) + 0.04;
            strokes.push(Stroke::Ring { x, y, radius, width: 5.0, ink: ink(colour, cover) });
            radius += step;
        }
    }
    strokes.extend(sources.map(|([x, y], colour)| Stroke::Disk { x, y, radius: side * 0.036, ink: ink(colour, 1.0) }));
    strokes
}

fn tiles(canvas: &Canvas, dice: &mut Dice) -> Vec<Stroke> {
    let Canvas { width, height, side } = *canvas;
    let tile = side / 6.0;
    let (columns, rows) = ((width / tile).ceil() as u32, (height / tile).ceil() as u32);
    let mut strokes = Vec::new();
    for row in 0..rows {
        for column in 0..columns {
            let (left, top) = (f64::from(column) * tile, f64::from(row) * tile);
            let falling = dice.below(2) == 0;
            let corners = if falling { [[0.0, 0.0], [1.0, 1.0]] } else { [[1.0, 0.0], [0.0, 1.0]] };
            for [across, down] in corners {
                let (x, y) = (left + across * tile, top + down * tile);
                let from = match (across > 0.5, down > 0.5) {
                    (false, false) => 0.0,
                    (true, false) => 0.25,
                    (true, true) => 0.5,
                    (false, true) => 0.75,
                };
                let arc = |radius: f64| -> Vec<[f64; 2]> {
                    let angles = (0..=12).map(|step| (from + f64::from(step) / 48.0) * TAU);
                    angles.map(|angle| [x + radius * angle.cos(), y + radius * angle.sin()]).collect()
                };
                strokes.push(Stroke::Line { points: arc(tile / 2.0), width: tile * 0.2, ink: ink(Colour::Accent, 0.22) });
                strokes.push(Stroke::Line { points: arc(tile / 2.0), width: tile * 0.05, ink: ink(Colour::Accent, 0.9) });
            }
            if dice.below(9) == 0 {
                let (x, y) = (left + tile / 2.0, top);
                strokes.push(Stroke::Disk { x, y, radius: tile * 0.13, ink: ink(Colour::Stress, 1.0) });
            }
        }
    }
    strokes
}

fn contours(canvas: &Canvas, dice: &mut Dice) -> Vec<Stroke> {
    let Canvas { width, height, side } = *canvas;
    let foot = [width * 0.5, height * 0.44];
    let peak = [width * dice.between(0.4, 0.66), height * dice.between(0.34, 0.46)];
    let (across, down) = (width * 0.5, height * 0.42);
    let bends: Vec<[f64; 3]> = [2.0_f64, 3.0, 5.0]
        .into_iter()
        .map(|often| [dice.between(0.08, 0.17) / often.sqrt(), often, dice.between(0.0, TAU)])
        .collect();
    let rings = 12;
    let mut strokes = Vec::new();
    for ring in (1..=rings).rev() {
        let share = f64::from(ring) / f64::from(rings);
        // The higher a line, the nearer to the peak lies its middle and the milder are its bends, so that no two cross.
        let [x, y] = [0, 1].map(|axis| foot[axis] + (peak[axis] - foot[axis]) * (1.0 - share));
        let reach = |angle: f64| {
            let bend: f64 = bends.iter().map(|[much, often, from]| much * (angle * often + from).sin()).sum();
            share * (1.0 + bend * (0.35 + 0.65 * share))
        };
        let points: Vec<[f64; 2]> = (0..=120)
            .map(|step| f64::from(step) / 120.0 * TAU)
            .map(|angle| [x + across * reach(angle) * angle.cos(), y + down * reach(angle) * angle.sin()])
            .collect();
        strokes.push(Stroke::Area { points: points.clone(), ink: ink(Colour::Accent, 0.06) });
        let width = if ring % 4 == 0 { 5.5 } else { 2.5 };
        strokes.push(Stroke::Line { points, width, ink: ink(Colour::Accent, 0.8) });
    }
    strokes.push(Stroke::Disk { x: peak[0], y: peak[1], radius: side * 0.018, ink: ink(Colour::Stress, 1.0) });
    strokes
}

fn distance(one: [f64; 2], other: [f64; 2]) -> f64 {
    (one[0] - other[0]).hypot(one[1] - other[1])
}

/// Numbers that look random and follow from words: splitmix64, <https://prng.di.unimi.it/splitmix64.c>.
struct Dice(u64);

impl Dice {
    fn of(words: &str) -> Self {
        let digits = ContentHash::of([words]).to_string();
        Self(u64::from_str_radix(&digits[..16], 16).expect("a content hash begins with 16 hexadecimal digits"))
    }

    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    /// A whole number from 0 and below a bound.
    fn below(&mut self, bound: usize) -> usize {
        (self.next() % bound as u64) as usize
    }

    fn between(&mut self, least: f64, most: f64) -> f64 {
        least + (most - least) * ((self.next() >> 11) as f64 / (1_u64 << 53) as f64)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const FRAME: Extent = Extent { width: 1920.0, height: 1080.0 };

    #[test]
    fn the_same_words_give_the_same_illustration() {
        assert_eq!(draw("a quiet harbour", FRAME), draw("a quiet harbour", FRAME));
        assert_ne!(draw("a quiet harbour", FRAME), draw("a quiet village", FRAME));
    }

    #[test]
    fn the_motif_follows_the_words() {
        let of = |words: &str| motif(words, &mut Dice::of(words));
        assert_eq!(of("How a neural network connects"), Motif::Network);
        assert_eq!(of("Sound waves reach the ear"), Motif::Waves);
        assert_eq!(of("A forest through the seasons"), Motif::Hills);
        assert_eq!(of("Software builds a machine"), Motif::Tiles);
        assert_eq!(of("A map of the mind"), Motif::Contours);
    }

    #[test]
    fn every_motif_comes_up_where_no_word_asks_for_one() {
        let seen: Vec<Motif> =
            (0..60).map(|number| format!("xyzzy {number}")).map(|words| motif(&words, &mut Dice::of(&words))).collect();
        assert!(ALL.iter().all(|motif| seen.contains(motif)), "{seen:?}");
    }

    #[test]
    fn every_motif_fills_every_frame_with_finite_strokes() {
        for (width, height) in [(1920.0, 1080.0), (1080.0, 1920.0), (1080.0, 1080.0), (1440.0, 1080.0)] {
            for words in ["forest", "network", "sound", "machine", "map", ""] {
                let strokes = draw(words, Extent { width, height });
                assert!((8..2000).contains(&strokes.len()), "{words}: {}", strokes.len());
                let json = serde_json::to_string(&strokes).expect("has a JSON form");
                assert!(!json.contains("null"), "{words}: a number is none");
            }
        }
    }
}
