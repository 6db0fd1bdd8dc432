//! Chooses the sentences that say most, and lets none of them hang in the air.
//!
//! A sentence is worth what it shares with the others (TextRank, and the words its section and document turn on), what it shares
//! with its heading, where it stands and how it is phrased. Chosen one after the other, each new one is worth less the more it
//! repeats the chosen (maximal marginal relevance). They are said in the order of the document.

use super::matter::{Form, Matter, Sentence};
use super::openings::{self, Opening};
use super::verbs;
use regex::Regex;
use std::collections::{HashMap, HashSet};
use std::ops::Range;
use std::sync::LazyLock;

/// How much may be chosen.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Budget {
    /// Stop when so many words are chosen.
    pub(crate) enough_words: usize,
    /// Never choose more words than this, unless a single sentence is longer.
    pub(crate) most_words: usize,
    /// Never choose more sentences than this.
    pub(crate) most_sentences: usize,
}

/// A chosen sentence as it will be said, in the place where it is said.
#[derive(Debug, Clone)]
pub(crate) struct Chosen {
    /// Its place in the matter.
    pub(crate) sentence: usize,
    /// What is said.
    pub(crate) spoken: String,
    /// What it is worth.
    pub(crate) score: f64,
}

/// Beyond so many sentences the ranks would cost more than they tell.
const MOST_RANKED: usize = 160;

/// What a sentence must be worth to be said if there is a choice.
const LEAST_SCORE: f64 = 0.05;

/// A scene is not made of a sentence that is worth less.
const WORST_SCORE: f64 = -0.25;

/// What one sentence of the candidates is worth by itself.
pub(crate) fn scores(
    matter: &Matter<'_>,
    candidates: &[usize],
    heading: Option<&str>,
    shown_label: Option<&str>,
) -> HashMap<usize, f64> {
    let sentences: Vec<&Sentence> = candidates.iter().map(|at| &matter.sentences[*at]).collect();
    let weights = term_weights(matter, &sentences);
    let centrality = normalised(sentences.iter().map(|sentence| centrality(sentence, &weights)).collect());
    let ranks = normalised(ranks(&sentences));
    let heading_terms: HashSet<String> = heading.map(|heading| matter.terms(heading).into_iter().collect()).unwrap_or_default();
    let mut paragraph = 0;
    let mut scores = HashMap::new();
    for (at, sentence) in sentences.iter().enumerate() {
        if at > 0 && sentence.opens {
            paragraph += 1;
        }
        let heading_share = overlap(&sentence.terms, &heading_terms);
        let score = 0.30 * ranks[at]
            + 0.25 * centrality[at]
            + 0.15 * heading_share
            + position(sentence, at, paragraph)
            + phrasing(sentence, shown_label);
        scores.insert(candidates[at], score);
    }
    scores
}

/// Chooses sentences among the candidates, which stand in the order of the document.
pub(crate) fn choose(
    matter: &Matter<'_>,
    candidates: &[usize],
    scores: &HashMap<usize, f64>,
    used: &HashSet<usize>,
    budget: Budget,
) -> Vec<Chosen> {
    let units: Vec<Unit> = candidates.iter().filter_map(|at| unit(matter, *at, candidates, scores)).collect();
    let mut chosen: Vec<usize> = Vec::new();
    let mut words = 0;
    let mut best_score = None;
    // Better a poor sentence than a document without any.
    let allow_poor = used.is_empty() && candidates.len() == matter.sentences.len();
    loop {
        let best = units
            .iter()
            .filter(|unit| !chosen.contains(&unit.head()) && unit.members.iter().all(|member| !used.contains(member)))
            .filter_map(|unit| {
                let new: Vec<usize> = unit.members.iter().copied().filter(|member| !chosen.contains(member)).collect();
                let new_words: usize = new.iter().map(|member| matter.sentences[*member].words).sum();
                let fits = chosen.is_empty() && unit.members.len() == 1
                    || words + new_words <= budget.most_words && chosen.len() + new.len() <= budget.most_sentences;
                let value = value(matter, unit, &new, &chosen, scores);
                fits.then_some((unit, new, new_words, value))
            })
            .max_by(|a, b| a.3.total_cmp(&b.3).then(b.0.head().cmp(&a.0.head())));
        let Some((_, new, new_words, value)) = best else { break };
        let good_enough = match best_score {
            None => value >= WORST_SCORE || allow_poor,
            Some(first) => value >= LEAST_SCORE && (value >= 0.35 * first || words < 25),
        };
        if !good_enough {
            break;
        }
        best_score.get_or_insert(value);
        chosen.extend(new);
        words += new_words;
        if words >= budget.enough_words || chosen.len() >= budget.most_sentences {
            break;
        }
    }
    chosen.sort_unstable();
    say(matter, &chosen, scores)
}

/// A sentence with those before it that it cannot be understood without; the sentence itself stands last.
struct Unit {
    members: Vec<usize>,
    /// Whether it leans on what cannot be said.
    hangs: bool,
}

impl Unit {
    fn head(&self) -> usize {
        *self.members.last().expect("a unit holds at least its sentence")
    }
}

fn unit(matter: &Matter<'_>, at: usize, candidates: &[usize], _scores: &HashMap<usize, f64>) -> Option<Unit> {
    const MOST_MEMBERS: usize = 3;
    let mut members = vec![at];
    let mut first = at;
    while openings::of(&matter.sentences[first].spoken) == Opening::Leaning {
        let before = first.checked_sub(1).filter(|before| matter.sentences[first].continues && candidates.contains(before));
        match before {
            Some(before) if members.len() < MOST_MEMBERS => {
                members.insert(0, before);
                first = before;
            }
            _ => return Some(Unit { members: vec![at], hangs: true }),
        }
    }
    Some(Unit { members, hangs: false })
}

fn value(matter: &Matter<'_>, unit: &Unit, new: &[usize], chosen: &[usize], scores: &HashMap<usize, f64>) -> f64 {
    let own = new.iter().filter_map(|member| scores.get(member)).sum::<f64>() / new.len().max(1) as f64;
    let repeats = new
        .iter()
        .flat_map(|member| chosen.iter().map(move |other| similarity(&matter.sentences[*member], &matter.sentences[*other])))
        .fold(0.0_f64, f64::max);
    let neighbour = new.first().is_some_and(|first| {
        first.checked_sub(1).is_some_and(|before| chosen.contains(&before) && matter.sentences[*first].continues)
    });
    own - 0.5 * repeats + if neighbour { 0.06 } else { 0.0 } - if unit.hangs { 0.8 } else { 0.0 }
}

/// Loosens the ties of sentences whose neighbour was not chosen.
fn say(matter: &Matter<'_>, chosen: &[usize], scores: &HashMap<usize, f64>) -> Vec<Chosen> {
    chosen
        .iter()
        .map(|at| {
            let sentence = &matter.sentences[*at];
            let follows = at.checked_sub(1).is_some_and(|before| chosen.contains(&before) && sentence.continues);
            let spoken = match openings::of(&sentence.spoken) {
                Opening::Loose(rest) if !follows => rest,
                _ => sentence.spoken.clone(),
            };
            Chosen { sentence: *at, spoken, score: scores.get(at).copied().unwrap_or_default() }
        })
        .collect()
}

/// How much each stem matters: often in these sentences, a little by being frequent in the document.
fn term_weights<'a>(matter: &Matter<'_>, sentences: &[&'a Sentence]) -> HashMap<&'a str, f64> {
    let mut counts: HashMap<&str, f64> = HashMap::new();
    for term in sentences.iter().flat_map(|sentence| &sentence.terms) {
        *counts.entry(term).or_default() += 1.0;
    }
    for (term, weight) in &mut counts {
        let in_document = matter.frequency.get(*term).copied().unwrap_or(1.0);
        *weight = if in_document < 2.0 { 0.1 } else { weight.ln_1p() + 0.5 * in_document.ln_1p() };
    }
    counts
}

fn centrality(sentence: &Sentence, weights: &HashMap<&str, f64>) -> f64 {
    let sum: f64 = sentence.terms.iter().filter_map(|term| weights.get(term.as_str())).sum();
    sum / (sentence.terms.len() as f64 + 3.0).sqrt()
}

/// TextRank (Mihalcea and Tarau, 2004) over shared stems.
fn ranks(sentences: &[&Sentence]) -> Vec<f64> {
    const DAMPING: f64 = 0.85;
    const ROUNDS: usize = 25;
    let count = sentences.len().min(MOST_RANKED);
    let mut links = vec![vec![0.0; count]; count];
    for i in 0..count {
        for j in 0..i {
            let link = similarity(sentences[i], sentences[j]);
            links[i][j] = link;
            links[j][i] = link;
        }
    }
    let sums: Vec<f64> = links.iter().map(|row| row.iter().sum()).collect();
    let mut ranks = vec![1.0; count];
    for _ in 0..ROUNDS {
        ranks = (0..count)
            .map(|i| {
                let received: f64 = (0..count).filter(|j| sums[*j] > 0.0).map(|j| links[j][i] / sums[j] * ranks[j]).sum();
                1.0 - DAMPING + DAMPING * received
            })
            .collect();
    }
    ranks.resize(sentences.len(), 0.3);
    ranks
}

fn similarity(a: &Sentence, b: &Sentence) -> f64 {
    let shared = shared(&a.terms, &b.terms) as f64;
    let scale = (a.terms.len() as f64 + 1.0).ln() + (b.terms.len() as f64 + 1.0).ln();
    if scale > 0.0 { (shared / scale).min(1.0) } else { 0.0 }
}

/// Both lists are sorted.
fn shared(a: &[String], b: &[String]) -> usize {
    a.iter().filter(|term| b.binary_search(term).is_ok()).count()
}

fn overlap(terms: &[String], heading: &HashSet<String>) -> f64 {
    if heading.is_empty() {
        0.0
    } else {
        terms.iter().filter(|term| heading.contains(*term)).count() as f64 / heading.len() as f64
    }
}

fn normalised(values: Vec<f64>) -> Vec<f64> {
    let most = values.iter().copied().fold(0.0, f64::max);
    values.into_iter().map(|value| if most > 0.0 { value / most } else { 0.0 }).collect()
}

/// What comes first was put first by the author.
fn position(sentence: &Sentence, at: usize, paragraph: usize) -> f64 {
    let opens = if at == 0 {
        0.27
    } else if sentence.opens {
        0.08
    } else {
        0.0
    };
    opens + 0.10 / (1.0 + 0.4 * paragraph as f64)
}

static STATEMENTS: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(concat!(
        r"(?i)\b(?:we (?:propose|present|introduce|show|find|found|demonstrate|prove|develop|describe a)|(?:is|are) (?:defined as|called|known as|used to|designed to|responsible for)|refers to|",
        r"consists of|(?:main|key|central|core|essential|fundamental|primary|basic|crucial) (?:idea|goal|point|advantage|contribution|purpose|concept|insight|reason|difference|principle|benefit|feature|aim|result)|",
        r"(?:results|experiments) (?:show|indicate|suggest)|therefore|means that|the (?:goal|aim|purpose|idea)|allows|enables|makes it possible|lets you|must|always|never|because|",
        r"bedeutet|wichtig|ziel|dient|ermöglicht|weil|besteht aus|wird .{0,40}genannt|permet|signifie|objectif|consiste|parce que|essentiel|permite|significa|objetivo|consiste en|porque|permette|obiettivo|betekent|belangrijk|doel|maakt het mogelijk|permite que)\b"
    ))
    .expect("a constant")
});

/// `A b c is a ...`, `We define ... as`: the sentence says what something is.
static DEFINITION: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"^(?:(?:An? |The )?\S+(?: \S+){0,3} (?:is|are) (?:an?|the|one of)\b|We (?:define|call)\b|\S+(?: \S+){0,4} (?:ist|sind) (?:ein|eine|der|die|das)\b|\S+(?: \S+){0,4} (?:est|es|è|is|é) (?:une?|la|le|una?|el|een|um|uma)\b)").expect("a constant")
});

static META: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(concat!(
        r"(?i)(?:\b(?:in|throughout) (?:this|the (?:next|following|previous|last)|the rest of (?:this|the)) (?:sub)?(?:sections?|chapters?|subsections?|paragraphs?|pages?|appendix)\b|\bthe (?:rest|remainder) of (?:this \w+|the (?:paper|article|chapter|book|document|section))\b|\b(?:gives?|provides?|is|presents?) an? (?:brief |short )?(?:synopsis|outline|overview|tour) of\b|",
        r"\b(?:is|are) (?:organi[sz]ed|structured) as follows\b|\b(?:see|described|discussed|shown|given|listed|mentioned|explained|defined|covered|outlined) (?:above|below|earlier|later|previously|in (?:the )?(?:next|previous|following|section|chapter|appendix|detail))\b|",
        r"\bas (?:mentioned|noted|discussed|described|explained) (?:above|before|earlier|previously)\b|\bwe (?:will |now |then |first |also |next )*(?:describe|discuss|turn|review|conclude|explain|summari[sz]e|outline|refer|defer|omit|leave)\b|",
        r"\b(?:presented|described|given|provided|listed|shown) here\b|\boverview (?:is|of .{3,60} is) (?:given|presented|provided)\b|^See\b|",
        r"\b(?:see|check(?: out)?|refer to|visit|consult|have a look at|take a look at|read|join|contact|follow|star|browse) (?:the|our|this|also|us)\b|\bfor (?:more|further|additional) (?:information|details|examples)\b|\blooking for\b|",
        r"\b(?:previous|earlier|following|next|later|preceding) (?:sub)?(?:sections?|chapters?)\b|^(?:Up until now|Until now|So far|Thus far|Now that)\b|\bhere\.$|\b(?:can|may) be found (?:at|in|on|here|online)\b|",
        r"\b(?:copyright|all rights reserved|isbn|permission (?:to|is)|licen[sc]ed under|terms of the|click here|et cetera et)\b|\b(?:the following|as follows|below|above)\b|",
        r"\b(?:this|these) (?:section|chapter|subsection|appendix|figure|table|listing|example|code)s?\b|",
        r"\bin diesem (?:abschnitt|kapitel)\b|\bim folgenden\b|\bdans (?:cette|la) (?:section|suite)\b|\ben esta sección\b|\ben este capítulo\b)"
    ))
    .expect("a constant")
});

static EXAMPLE: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"(?i)^(?:for (?:example|instance)|e\.g\.|suppose|imagine|consider|assume|let us|let's|let’s|say we|think of|zum beispiel|par exemple|por ejemplo)\b").expect("a constant")
});

/// What is said for or against a sentence by the way it is put.
pub(crate) fn phrasing(sentence: &Sentence, shown_label: Option<&str>) -> f64 {
    let text = sentence.spoken.as_str();
    let tokens: Vec<&str> = text.split_whitespace().collect();
    let count = tokens.len().max(1) as f64;
    let share = |holds: fn(&&&str) -> bool| tokens.iter().skip(1).filter(holds).count() as f64 / count;
    let mut score = 0.0;
    if STATEMENTS.is_match(text) {
        score += 0.12;
    }
    if DEFINITION.is_match(text) {
        score += 0.12;
    }
    if META.is_match(text) {
        score -= 0.45;
    }
    if EXAMPLE.is_match(text) {
        score -= 0.25;
    }
    if text.trim_end_matches(['"', '”']).ends_with('?') {
        score -= 0.7;
    }
    score -= match sentence.words {
        0..=4 => 0.5,
        5..=7 => 0.2,
        8..=24 => 0.0,
        25..=40 => 0.015 * (sentence.words - 24) as f64,
        _ => 0.8,
    };
    if !sentence.whole || verbs::lacks_subject(text) {
        score -= 0.45;
    }
    match shown_label {
        Some(label) if sentence.mentions.iter().any(|mention| mention == label) => score += 0.18,
        _ if !sentence.leans_on.is_empty() => score -= 0.6,
        _ => {}
    }
    if tokens.iter().filter(|token| token.starts_with('(')).count() > 1 {
        score -= 0.2;
    }
    if share(|token| token.chars().any(|c| c.is_ascii_digit())) > 0.22 {
        score -= 0.2;
    }
    if count > 6.0 && share(|token| token.starts_with(|c: char| c.is_uppercase())) > 0.5 {
        score -= 0.3;
    }
    if text.matches('"').count() % 2 == 1
        || text.matches('“').count() != text.matches('”').count() && !text.contains('„')
        || text.matches('(').count() != text.matches(')').count()
    {
        score -= 0.3;
    }
    if share(|token| token.chars().filter(|c| c.is_uppercase()).count() > 2) > 0.4 {
        score -= 0.8;
    }
    if text
        .split_once('“')
        .and_then(|(_, rest)| rest.split_once('”'))
        .is_some_and(|(quoted, _)| quoted.split_whitespace().count() > 4)
    {
        score -= 0.2;
    }
    if text.contains(';') {
        score -= 0.08;
    }
    if tokens.iter().any(|token| matches!(*token, "I" | "my" | "me" | "I'm" | "I'd" | "I've")) {
        score -= 0.15;
    }
    score
        - match sentence.form {
            Form::Prose => 0.0,
            Form::Announcement => 0.7,
            Form::Quote => 0.15,
            Form::Item => 0.05,
            Form::Listing => 0.05,
        }
}

/// How well a sentence says what the whole document is about, on top of what it is worth.
pub(crate) fn introduces(sentence: &Sentence, is_first: bool) -> f64 {
    static ANNOUNCES: LazyLock<Regex> = LazyLock::new(|| {
        Regex::new(r"(?i)\b(?:this (?:paper|article|book|guide|tutorial|report|document|manual|chapter|thesis|work)|we (?:present|propose|introduce|describe|develop|study|show)|dieses? (?:artikel|buch|arbeit|handbuch|dokument)|cet article|este artículo)\b")
            .expect("a constant")
    });
    let stands = is_first && openings::of(&sentence.spoken) == Opening::Free;
    (if stands { 0.25 } else { 0.0 }) + if ANNOUNCES.is_match(&sentence.spoken) { 0.15 } else { 0.0 }
}

/// The sentences of a range, as candidates.
pub(crate) fn all(range: &Range<usize>) -> Vec<usize> {
    range.clone().collect()
}
