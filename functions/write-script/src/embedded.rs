//! The embedded writer: a document in, a script out, without a model, the same every time.
//!
//! It quotes. What is said are whole sentences of the document, chosen and made speakable; what is shown is what the document
//! holds. Only the frame is its own: which part comes next, what the figure shows, what to remember.
//!
//! ```text
//! matter     sentences in two readings (sentences, apparatus, abbreviations, signs, formula, identifiers -> speakable)
//! plan       parts of the document, one for each scene
//! salience   the sentences of a scene (openings: none of them hangs in the air)
//! visual     what is shown (graph, diagram, quote: made of blocks; shorten: points; headings, keyphrase: titles)
//! ```

mod abbreviations;
mod apparatus;
mod diagram;
mod formula;
mod graph;
mod headings;
mod identifiers;
mod keyphrase;
mod language;
mod limits;
mod marks;
mod matter;
mod openings;
mod phrases;
mod plan;
mod quote;
mod salience;
mod sentences;
mod shorten;
mod signs;
mod speakable;
mod verbs;
mod visual;

use crate::check::{LEAST_NARRATION, MOST_NARRATION};
use domain::{Document, JobOptions, SCRIPT_SCHEMA, Scene, Script, Span, Visual, Writer};
use language::Language;
use matter::{Matter, Worth, join};
use plan::{Part, Plan};
use salience::{Budget, Chosen};
use shorten::Fit;
use std::collections::HashSet;
use visual::{Exhibit, Heading};

/// The name under which it signs its scripts.
pub const PROVIDER: &str = "embedded";

/// What is said in a scene: 25 to 65 words, two to four sentences.
const SCENE: Budget = Budget { enough_words: 44, most_words: 65, most_sentences: 4 };

/// What is said of the whole under its title.
const ABOUT: Budget = Budget { enough_words: 24, most_words: 48, most_sentences: 2 };

/// What is said at the end in the author's words.
const RECAP: Budget = Budget { enough_words: 30, most_words: 52, most_sentences: 2 };

/// Points of the closing scene.
const MOST_SUMMARY_POINTS: usize = 5;

/// Writes a script for any document.
pub fn write(document: &Document, options: &JobOptions) -> Script {
    let (language, tag) = language::of(document);
    let matter = Matter::of(document, language);
    let wanted = options.scenes.map(plan::content_scenes);
    let script = match wanted {
        None => Composer::new(&matter).compose(&plan::make(&matter, None), None),
        Some(wanted) => exactly(&matter, wanted),
    };
    Script { language: tag, ..script }
}

/// A script of so many content scenes if the document has matter for them. A part may turn out to hold nothing worth saying, so
/// some more are planned and the poorest left out.
fn exactly(matter: &Matter<'_>, wanted: usize) -> Script {
    const MOST_SPARE: usize = 6;
    let mut best = Composer::new(matter).compose(&plan::make(matter, Some(wanted)), Some(wanted));
    for spare in 1..=MOST_SPARE {
        if best.scenes.len() >= wanted + 2 {
            break;
        }
        let other = Composer::new(matter).compose(&plan::make(matter, Some(wanted + spare)), Some(wanted));
        if other.scenes.len() > best.scenes.len() {
            best = other;
        }
    }
    best
}

/// Whether a document holds anything to say or show at all.
pub fn has_matter(document: &Document) -> bool {
    let teaching = document.sections.iter().filter(|section| section.role != domain::SectionRole::References);
    teaching.flat_map(|section| &section.blocks).next().is_some()
}

/// What a content scene says and shows, before it is put into its frame.
struct Draft {
    heading: Heading,
    /// The heading as it is said when the scene begins, where that helps.
    lead: Option<String>,
    said: Vec<String>,
    visual: Visual,
    sources: Vec<Span>,
    /// The point to remember, and the same as it is said.
    point: Option<String>,
    score: f64,
}

struct Composer<'a> {
    matter: &'a Matter<'a>,
    used: HashSet<usize>,
    shown: Vec<(usize, usize)>,
    titles: Vec<String>,
}

impl<'a> Composer<'a> {
    fn new(matter: &'a Matter<'a>) -> Self {
        Self { matter, used: HashSet::new(), shown: Vec::new(), titles: Vec::new() }
    }

    /// The script of a plan, of which at most so many content scenes are kept.
    fn compose(mut self, plan: &Plan, most: Option<usize>) -> Script {
        let title = self.title(plan);
        let about = self.about(plan, title.as_deref());
        let mut drafts: Vec<Draft> = plan.scenes.iter().filter_map(|parts| self.draft(parts, title.as_deref())).collect();
        while most.is_some_and(|most| drafts.len() > most) {
            let poorest = (0..drafts.len()).min_by(|a, b| drafts[*a].score.total_cmp(&drafts[*b].score)).unwrap_or(0);
            drafts.remove(poorest);
        }
        let opening = self.opening(title.as_deref(), &about, &drafts);
        let closing = self.closing(plan, &about, &drafts);
        let count = drafts.len();
        let mut scenes = vec![opening];
        scenes.extend(drafts.into_iter().enumerate().map(|(at, draft)| self.frame(draft, at, count)));
        scenes.extend(closing);
        for scene in &mut scenes {
            scene.visual = limits::keep(scene.visual.clone());
        }
        let writer = Writer { provider: PROVIDER.to_owned(), model: None, fallback: None };
        let title = scenes[0].visual.title();
        Script { schema: SCRIPT_SCHEMA, title: domain::inline::plain(title), language: String::new(), writer, scenes }
    }

    /// The title of the document, else its first heading.
    fn title(&self, plan: &Plan) -> Option<String> {
        let document = self.matter.document;
        let stated =
            document.title.as_deref().and_then(|title| headings::document_title(title, &self.matter.case, self.matter.language));
        let first = || {
            let first = document.sections.iter().find(|section| section.heading.is_some())?;
            let stands_above =
                document.sections.iter().filter(|section| section.heading.is_some() && section.level <= first.level).count() == 1;
            let heading = first.heading.as_deref().filter(|_| stands_above)?;
            headings::document_title(heading, &self.matter.case, self.matter.language)
        };
        let only = || {
            let heading = plan.scenes.first()?.first()?.heading?;
            self.matter.headings[heading].clone()
        };
        let all = 0..self.matter.sentences.len();
        let best = || {
            let candidates = salience::all(&(0..all.end.min(40)));
            let scores = salience::scores(self.matter, &candidates, None, None);
            candidates.into_iter().max_by(|a, b| scores[a].total_cmp(&scores[b]))
        };
        stated.or_else(first).or_else(only).or_else(|| keyphrase::of(self.matter, &all, best(), &[]))
    }

    /// One or two sentences that say what the document is about.
    fn about(&mut self, plan: &Plan, title: Option<&str>) -> Vec<Chosen> {
        let is_prose = |at: &usize| self.matter.sentences[*at].form == matter::Form::Prose;
        // A summary that is a list says what to remember, not what it is about.
        let first = if plan.about.iter().any(is_prose) { Vec::new() } else { self.first_sentence() };
        let mut candidates = if first.is_empty() { plan.about.clone() } else { first };
        if candidates.iter().any(is_prose) {
            candidates.retain(is_prose);
        }
        let mut scores = salience::scores(self.matter, &candidates, title, None);
        for (at, score) in &mut scores {
            *score += salience::introduces(&self.matter.sentences[*at], candidates.first() == Some(at));
        }
        let chosen = salience::choose(self.matter, &candidates, &scores, &self.used, ABOUT);
        self.used.extend(chosen.iter().map(|one| one.sentence));
        chosen
    }

    /// A long text without an abstract mostly says at its start what it is about; a short one needs its sentences for its scenes.
    fn first_sentence(&self) -> Vec<usize> {
        const LEAST_SENTENCES: usize = 12;
        const NEAR_THE_START: usize = 6;
        let sentences = &self.matter.sentences;
        if sentences.len() < LEAST_SENTENCES {
            return Vec::new();
        }
        let stands_alone = |at: &usize| {
            let sentence = &sentences[*at];
            (8..=40).contains(&sentence.words)
                && openings::of(&sentence.spoken) == openings::Opening::Free
                && salience::phrasing(sentence, None) >= 0.0
        };
        let near =
            (0..sentences.len()).filter(|at| self.matter.worth[sentences[*at].section] == Worth::Full).take(NEAR_THE_START);
        near.into_iter().find(stands_alone).into_iter().collect()
    }

    /// Makes a content scene of a group of parts; none if there is nothing to say or show in it.
    fn draft(&mut self, parts: &[Part], title: Option<&str>) -> Option<Draft> {
        let language = self.matter.language;
        let anchor = parts.iter().max_by(|a, b| plan::weight(self.matter, a).total_cmp(&plan::weight(self.matter, b)))?;
        let candidates = self.candidates(parts, anchor);
        let heading_text = anchor.heading.and_then(|at| self.matter.headings[at].as_deref());
        let exhibit = visual::exhibit(self.matter, anchor, &self.shown).filter(|exhibit| exhibit.beats_points(candidates.len()));
        let label = exhibit.as_ref().and_then(|exhibit| exhibit.label.as_deref());
        let scores = salience::scores(self.matter, &candidates, heading_text.or(title), label);
        let chosen = salience::choose(self.matter, &candidates, &scores, &self.used, SCENE);
        if chosen.is_empty() && exhibit.is_none() {
            return None;
        }
        self.used.extend(chosen.iter().map(|one| one.sentence));
        self.shown.extend(exhibit.as_ref().map(|exhibit| exhibit.place));
        let best = chosen.iter().max_by(|a, b| self.fitness(a).total_cmp(&self.fitness(b)));
        let heading = self.heading(anchor, best, title);
        self.titles.push(heading.title.clone());
        let lead = self.lead(anchor, &heading, &chosen, title);
        let said = self.said(&chosen, exhibit.as_ref());
        let points = visual::points(self.matter, &chosen);
        let point = best.map(|best| visual::point(self.matter, best).0).filter(|point| !point.is_empty());
        let score = best.map_or(0.0, |best| self.fitness(best));
        let mut sources = spans(self.matter, &chosen);
        sources.extend(exhibit.as_ref().map(|exhibit| exhibit.span));
        let shown_heading = Heading { eyebrow: heading.eyebrow.clone(), title: heading.title.clone() };
        let visual = match &exhibit {
            Some(exhibit) => exhibit.show(shown_heading, points, language),
            None => Visual::Slide { eyebrow: shown_heading.eyebrow, title: shown_heading.title, bullets: points },
        };
        Some(Draft { heading, lead, said, visual, sources, point, score })
    }

    /// How well a sentence would serve as the point to remember.
    fn fitness(&self, one: &Chosen) -> f64 {
        let leans = openings::of(&one.spoken) == openings::Opening::Leaning;
        one.score
            - if self.matter.sentences[one.sentence].leans_on.is_empty() { 0.0 } else { 0.6 }
            - if leans || verbs::is_order(&one.spoken) { 0.3 } else { 0.0 }
            + match visual::point(self.matter, one).1 {
                Fit::Whole => 0.15,
                Fit::Clause => 0.1,
                Fit::Phrase => 0.0,
                Fit::Torn => -0.4,
            }
    }

    /// The sentences of the heaviest part; those of its neighbours too, if it has few.
    fn candidates(&self, parts: &[Part], anchor: &Part) -> Vec<usize> {
        const FEW_SENTENCES: usize = 2;
        const FEW_WORDS: usize = 18;
        let free = |part: &Part| -> Vec<usize> { part.sentences.clone().filter(|at| !self.used.contains(at)).collect() };
        let own = free(anchor);
        let words: usize = own.iter().map(|at| self.matter.sentences[*at].words).sum();
        if own.len() >= FEW_SENTENCES && words >= FEW_WORDS { own } else { parts.iter().flat_map(free).collect() }
    }

    fn heading(&self, anchor: &Part, best: Option<&Chosen>, title: Option<&str>) -> Heading {
        let language = self.matter.language;
        let own = anchor.heading.and_then(|at| self.matter.headings[at].clone());
        let above = anchor.above.and_then(|at| self.matter.headings[at].clone());
        let is_new = |heading: &String| !self.titles.contains(heading);
        let made = || keyphrase::of(self.matter, &anchor.sentences, best.map(|one| one.sentence), &self.titles);
        let (heading, eyebrow) = match own {
            Some(own) if anchor.piece == 0 && is_new(&own) => (Some(own), above),
            Some(own) => (made(), Some(own)),
            None => (made(), None),
        };
        let heading = heading.or_else(|| title.map(str::to_owned)).unwrap_or_else(|| language.phrases().untitled.to_owned());
        let eyebrow = eyebrow.filter(|eyebrow| {
            !eyebrow.eq_ignore_ascii_case(&heading) && title.is_none_or(|title| !eyebrow.eq_ignore_ascii_case(title))
        });
        Heading { eyebrow, title: heading }
    }

    /// The heading as a transition, unless the first sentence says the same.
    fn lead(&self, anchor: &Part, heading: &Heading, chosen: &[Chosen], title: Option<&str>) -> Option<String> {
        const MOST_LEAD_WORDS: usize = 7;
        const SAYS_NOTHING: &[&str] = &[
            "introduction",
            "overview",
            "background",
            "motivation",
            "usage",
            "getting started",
            "example",
            "examples",
            "discussion",
            "general",
            "basics",
            "einleitung",
            "einführung",
            "überblick",
            "grundlagen",
            "introducción",
            "introduzione",
            "inleiding",
            "introdução",
            "about",
            "description",
        ];
        let own = anchor.heading.is_some() && anchor.piece == 0;
        let plain = heading.title.to_lowercase();
        if !own
            || SAYS_NOTHING.contains(&plain.as_str())
            || title.is_some_and(|title| title.eq_ignore_ascii_case(&heading.title))
            || plain.ends_with(['?', '!', '…'])
        {
            return None;
        }
        let said = speakable::phrase(&heading.title, self.matter.language)?;
        if speakable::count_words(&said) > MOST_LEAD_WORDS {
            return None;
        }
        let terms = self.matter.terms(&said);
        let first = chosen.first().map(|one| self.matter.sentences[one.sentence].terms.as_slice()).unwrap_or_default();
        let repeated = terms.iter().filter(|term| first.contains(term)).count();
        let listing = chosen.iter().any(|one| one.spoken.to_lowercase().starts_with(&said.to_lowercase()));
        (repeated * 3 < terms.len() * 2 && !listing && !terms.is_empty())
            .then(|| headings::inside_a_sentence(&said, &self.matter.case))
    }

    /// The sentences and, where there is room, what is on the screen.
    fn said(&self, chosen: &[Chosen], exhibit: Option<&Exhibit<'_>>) -> Vec<String> {
        const ROOM_FOR_MENTION: usize = 68;
        let language = self.matter.language;
        let label = exhibit.and_then(|exhibit| Some((exhibit.label.as_deref()?, exhibit.name(language))));
        let mut said: Vec<String> = chosen
            .iter()
            .map(|one| match label {
                Some((label, name)) => apparatus::call_by_name(&one.spoken, label, name),
                None => one.spoken.clone(),
            })
            .collect();
        let words: usize = said.iter().map(|sentence| speakable::count_words(sentence)).sum();
        let leans = |one: &Chosen| {
            label.is_some_and(|(label, _)| self.matter.sentences[one.sentence].leans_on.iter().any(|other| other == label))
        };
        if words < ROOM_FOR_MENTION && !chosen.iter().any(leans) {
            said.extend(exhibit.and_then(|exhibit| exhibit.mention(self.matter)));
        }
        said
    }

    /// Puts a draft between its neighbours.
    fn frame(&self, draft: Draft, at: usize, count: usize) -> Scene {
        let p = self.matter.language.phrases();
        let word = match at {
            0 => p.first,
            _ if at + 1 == count && count > 2 => p.last,
            _ if at % 2 == 1 => p.next,
            _ => p.then,
        };
        let mut said = draft.said;
        if let Some(lead) = draft.lead.filter(|_| count > 1) {
            said.insert(0, format!("{word} {lead}."));
        }
        let fallback = || {
            let heading = speakable::phrase(&draft.heading.title, self.matter.language);
            heading.map_or_else(|| format!("{}.", p.listing), |heading| format!("{} {heading}.", p.subject))
        };
        Scene {
            narration: narration(&said, self.matter.language, fallback),
            visual: draft.visual,
            cues: Vec::new(),
            sources: draft.sources,
            retake: 0,
        }
    }

    fn opening(&self, title: Option<&str>, about: &[Chosen], drafts: &[Draft]) -> Scene {
        let language = self.matter.language;
        let p = language.phrases();
        let shown_title = title.unwrap_or(p.untitled).to_owned();
        let said_title = speakable::phrase(&shown_title, language);
        let mut said: Vec<String> = Vec::new();
        said.extend(said_title.as_ref().map(|title| speakable::with_mark(title.clone())));
        if about.is_empty() {
            said.extend(self.outline(drafts));
        }
        // A title that was made from a sentence is not said twice.
        let is_title = |spoken: &str| said_title.as_deref().is_some_and(|title| spoken.trim_end_matches('.') == title);
        said.extend(about.iter().map(|one| one.spoken.clone()).filter(|spoken| !is_title(spoken)));
        let subtitle = about
            .first()
            .map(|one| visual::point(self.matter, one).0)
            .filter(|subtitle| !subtitle.is_empty() && !subtitle.eq_ignore_ascii_case(&shown_title));
        let visual = Visual::Title { title: shown_title, subtitle, byline: self.byline() };
        let fallback = || format!("{} {}.", p.this_is_about, said_title.as_deref().unwrap_or(p.untitled));
        Scene {
            narration: narration(&said, self.matter.language, fallback),
            visual,
            cues: Vec::new(),
            sources: spans(self.matter, about),
            retake: 0,
        }
    }

    /// `We look at a, b, and c.`
    fn outline(&self, drafts: &[Draft]) -> Option<String> {
        const MOST_NAMED: usize = 4;
        let p = self.matter.language.phrases();
        let named: Vec<String> = drafts.iter().filter_map(|draft| draft.lead.clone()).take(MOST_NAMED).collect();
        (named.len() > 1).then(|| {
            format!(
                "{} {}.",
                p.outline,
                join(&named, if named.iter().any(|name| name.contains(',')) { "; " } else { ", " }, p.and)
            )
        })
    }

    fn byline(&self) -> Option<String> {
        const MOST_NAMED: usize = 3;
        let language = self.matter.language;
        let p = language.phrases();
        let authors: Vec<String> = self
            .matter
            .document
            .authors
            .iter()
            .map(|author| speakable::shown(author, language))
            .filter(|author| !author.is_empty() && !is_affiliation(author))
            .collect();
        match authors.len() {
            0 => None,
            1..=MOST_NAMED => Some(join(&authors, ", ", p.and)),
            _ => Some(format!("{} {}", authors[..MOST_NAMED].join(", "), p.others)),
        }
        .map(|byline| shorten::to_words(&byline, 24))
    }

    /// What to remember: a point of each scene, and the author's own last words where there are any.
    fn closing(&self, plan: &Plan, about: &[Chosen], drafts: &[Draft]) -> Option<Scene> {
        let p = self.matter.language.phrases();
        let mut points = key_points(drafts);
        if points.len() < 2 {
            let of_whole = about.first().map(|one| visual::point(self.matter, one).0);
            points.splice(0..0, of_whole.filter(|point| !point.is_empty() && !points.contains(point)));
        }
        if points.len() < 2
            && let Some(Visual::Slide { bullets, .. }) = drafts.first().map(|draft| &draft.visual)
        {
            points = bullets.iter().take(MOST_SUMMARY_POINTS).cloned().collect();
        }
        if points.is_empty() {
            points.extend(drafts.iter().map(|draft| draft.heading.title.clone()).take(MOST_SUMMARY_POINTS));
        }
        if points.is_empty() {
            return None;
        }
        let scores = salience::scores(self.matter, &plan.conclusion, None, None);
        let own_words = salience::choose(self.matter, &plan.conclusion, &scores, &self.used, RECAP);
        let own_words: Vec<Chosen> = own_words.into_iter().filter(|one| one.score > 0.0).collect();
        let recap: Vec<String> =
            if own_words.is_empty() { self.recap(&points) } else { own_words.iter().map(|one| one.spoken.clone()).collect() };
        let mut said = recap;
        if let Some(first) = said.first_mut() {
            *first = format!("{} {first}", p.to_sum_up);
        }
        let fallback = || format!("{} {}.", p.to_sum_up, drafts.first().map_or(p.untitled, |draft| draft.heading.title.as_str()));
        let narration = narration(&said, self.matter.language, fallback);
        let title = p.summary_title.to_owned();
        let visual = if points.len() > 1 {
            Visual::Summary { title, points }
        } else {
            Visual::Slide { eyebrow: None, title, bullets: points }
        };
        let mut sources = spans(self.matter, &own_words);
        if sources.is_empty() {
            sources = drafts.iter().filter_map(|draft| draft.sources.first().copied()).collect();
            sources.dedup();
        }
        Some(Scene { narration, visual, cues: Vec::new(), sources, retake: 0 })
    }

    /// The points as sentences, as many as a listener takes in.
    fn recap(&self, points: &[String]) -> Vec<String> {
        const MOST_WORDS: usize = 42;
        let mut words = 0;
        let mut said = Vec::new();
        for point in points.iter().filter(|point| !point.ends_with('…')) {
            let Some(phrase) = speakable::phrase(point, self.matter.language) else { continue };
            words += speakable::count_words(&phrase);
            if words > MOST_WORDS && !said.is_empty() {
                break;
            }
            said.push(speakable::with_mark(speakable::capitalise(&phrase)));
        }
        said
    }
}

fn is_affiliation(author: &str) -> bool {
    const WORDS: &[&str] = &[
        "universit",
        "institut",
        "laborator",
        "college",
        "department",
        "school of",
        "faculty",
        " inc",
        " ltd",
        " gmbh",
        "corporation",
        "research",
        "center",
        "centre",
    ];
    let lower = author.to_lowercase();
    WORDS.iter().any(|word| lower.contains(word))
}

/// The points of the best scenes, in order.
fn key_points(drafts: &[Draft]) -> Vec<String> {
    let mut with_points: Vec<(usize, &Draft)> = drafts.iter().enumerate().filter(|(_, draft)| draft.point.is_some()).collect();
    with_points.sort_by(|a, b| b.1.score.total_cmp(&a.1.score));
    // A point that had to be torn is left out if enough others remain.
    if with_points.len() > 3 {
        let is_torn = |draft: &Draft| draft.point.as_ref().is_some_and(|point| point.ends_with('…'));
        let whole = with_points.iter().filter(|(_, draft)| !is_torn(draft)).count();
        if whole >= 3 {
            with_points.retain(|(_, draft)| !is_torn(draft));
        }
    }
    with_points.truncate(MOST_SUMMARY_POINTS);
    with_points.sort_by_key(|(at, _)| *at);
    let mut points: Vec<String> = Vec::new();
    for point in with_points.into_iter().filter_map(|(_, draft)| draft.point.clone()) {
        if !points.contains(&point) {
            points.push(point);
        }
    }
    points
}

/// Joins sentences within the limits of a narration.
fn narration(said: &[String], language: Language, fallback: impl FnOnce() -> String) -> String {
    let mut text = marks::of(&said.join(" "), language);
    if text.chars().count() < LEAST_NARRATION {
        text = marks::of(&fallback(), language);
    }
    if text.chars().count() > MOST_NARRATION {
        text = cut_to(&text, MOST_NARRATION);
    }
    while text.chars().count() < LEAST_NARRATION {
        text.push('.');
    }
    text
}

/// As many whole sentences as fit, else as many words.
fn cut_to(text: &str, most: usize) -> String {
    let mut kept = String::new();
    for sentence in sentences::split(text) {
        if kept.chars().count() + sentence.chars().count() + 1 > most {
            break;
        }
        if !kept.is_empty() {
            kept.push(' ');
        }
        kept.push_str(sentence);
    }
    if !kept.is_empty() {
        return kept;
    }
    let start: String = text.chars().take(most - 1).collect();
    let whole_words = start.rfind(' ').filter(|at| *at > most / 2).map_or(start.as_str(), |at| &start[..at]);
    format!("{}.", whole_words.trim_end_matches([',', ';', ':', ' ']))
}

fn spans(matter: &Matter<'_>, chosen: &[Chosen]) -> Vec<Span> {
    let mut spans: Vec<Span> = chosen.iter().map(|one| matter.sentences[one.sentence].span).collect();
    spans.dedup();
    spans
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::check;
    use domain::{Block, DocumentKind, Figure, FigureSource, ListItem, Rect, Section, SectionRole};
    use proptest::prelude::*;

    fn span() -> Span {
        Span { page: 1, start: 0, end: 10 }
    }

    fn paragraph(text: &str) -> Block {
        Block::Paragraph { text: text.to_owned(), span: span() }
    }

    fn list(items: &[&str]) -> Block {
        let items = items.iter().map(|item| ListItem { text: (*item).to_owned(), depth: 0 }).collect();
        Block::List { ordered: false, items, span: span() }
    }

    fn code(text: &str) -> Block {
        Block::Code { language: Some("rust".to_owned()), text: text.to_owned(), span: span() }
    }

    fn figure(label: &str, caption: &str) -> Block {
        let rect = Rect { x: 10.0, y: 10.0, width: 300.0, height: 200.0 };
        let source = FigureSource::Page { page: 1, page_width: 600.0, page_height: 800.0, rect };
        Block::Figure {
            figure: Figure { caption: Some(caption.to_owned()), label: Some(label.to_owned()), source },
            span: span(),
        }
    }

    fn section(heading: &str, level: u8, blocks: Vec<Block>) -> Section {
        let heading = (!heading.is_empty()).then(|| heading.to_owned());
        Section { heading, number: None, level, role: SectionRole::Body, blocks }
    }

    fn document(title: &str, sections: Vec<Section>) -> Document {
        Document {
            kind: DocumentKind::Markdown,
            title: (!title.is_empty()).then(|| title.to_owned()),
            authors: Vec::new(),
            language: Some("en".to_owned()),
            pages: 1,
            words: 0,
            sections,
            warnings: Vec::new(),
        }
    }

    fn sound_script(document: &Document, scenes: Option<u16>) -> Script {
        let script = write(document, &JobOptions { scenes, ..JobOptions::default() });
        assert_eq!(check::faults(&script, document), Vec::<String>::new(), "{script:#?}");
        script
    }

    /// A sample with a heading, sections and paragraphs, read as simply as that.
    fn sample(markdown: &str) -> Document {
        let (title, rest) = markdown.trim_start_matches("# ").split_once('\n').expect("a title");
        let sections = rest.split("\n## ").enumerate().map(|(at, part)| {
            let (heading, text) = if at == 0 { ("", part) } else { part.split_once('\n').expect("a heading") };
            let paragraphs = text.split("\n\n").filter(|text| !text.trim().is_empty() && !text.trim().starts_with('|'));
            section(heading, 2, paragraphs.map(|text| paragraph(text.trim())).collect())
        });
        Document { language: None, ..document(title, sections.collect()) }
    }

    #[test]
    fn documents_in_any_script_become_scripts_in_their_language() {
        for (language, markdown) in [
            ("zh", include_str!("../../../events/samples/languages/chinese.md")),
            ("ja", include_str!("../../../events/samples/languages/japanese.md")),
            ("ar", include_str!("../../../events/samples/languages/arabic.md")),
            ("hi", include_str!("../../../events/samples/languages/hindi.md")),
            ("th", include_str!("../../../events/samples/languages/thai.md")),
            ("he", include_str!("../../../events/samples/languages/hebrew.md")),
        ] {
            let script = sound_script(&sample(markdown), None);
            assert_eq!(script.language, language);
            assert!((4..=7).contains(&script.scenes.len()), "{language}: {}", script.scenes.len());
            for scene in &script.scenes {
                let latin = scene.narration.chars().filter(char::is_ascii_alphabetic).count();
                assert_eq!(latin, 0, "{language}: {}", scene.narration);
                let words = domain::count_words(&scene.narration);
                assert!((4..=120).contains(&words), "{language}: {words} words in {}", scene.narration);
                if let Visual::Slide { bullets, .. } = &scene.visual {
                    // Thai marks no ends of sentences, so one of them may be all that a scene says.
                    assert!(bullets.len() > usize::from(language != "th"), "{language}: {bullets:?}");
                }
            }
        }
    }

    fn kinds(script: &Script) -> Vec<&'static str> {
        script.scenes.iter().map(|scene| scene.visual.kind()).collect()
    }

    fn narrations(script: &Script) -> String {
        script.scenes.iter().map(|scene| scene.narration.as_str()).collect::<Vec<_>>().join("\n")
    }

    const TIDES: &str = "The Moon pulls at the water of the oceans, and the water rises below it. A second bulge rises on the far side of the Earth. \
                         The Earth turns below both bulges once a day. Every coast therefore sees two high tides a day.";
    const SPRING: &str = "The Sun pulls at the oceans too, but with less than half of the force. At new moon and at full moon both pull along one line. \
                          The tides are then higher than usual and are called spring tides.";
    const HARBOURS: &str = "Harbours publish tables of the tides for the year to come. A pilot reads from the table when a ship may enter the port. \
                            Shallow ports open for a few hours only, because large ships need deep water.";

    /// Plain sentences that differ, as many as wanted.
    fn long_text(sentences: usize) -> String {
        const WHO: [&str; 7] =
            ["The harbour", "A pilot", "Every sailor", "The lighthouse", "A small boat", "The old captain", "The observer"];
        const DOES: [&str; 5] =
            ["watches the water", "measures the depth", "counts the waves", "records the level", "reports the current"];
        const WHEN: [&str; 6] = [
            "before the sun rises",
            "during the winter months",
            "at every full moon",
            "with a simple rope",
            "for the whole crew",
            "near the northern coast",
        ];
        (0..sentences).map(|n| format!("{} number {n} {} {}. ", WHO[n % 7], DOES[n % 5], WHEN[n % 6])).collect()
    }

    #[test]
    fn a_script_opens_with_a_title_and_closes_with_a_summary() {
        let script = sound_script(
            &document(
                "Tides",
                vec![
                    section("Two a day", 1, vec![paragraph(TIDES)]),
                    section("Spring tides", 1, vec![paragraph(SPRING)]),
                    section("Harbours", 1, vec![paragraph(HARBOURS)]),
                ],
            ),
            None,
        );
        assert_eq!(kinds(&script), ["title", "slide", "slide", "slide", "summary"]);
        let titles: Vec<&str> = script.scenes.iter().map(|scene| scene.visual.title()).collect();
        assert_eq!(titles[1..4], ["Two a day", "Spring tides", "Harbours"]);
        assert_eq!((script.title.as_str(), script.language.as_str()), ("Tides", "en"));
        assert!(script.scenes[4].narration.starts_with("To sum up:"));
    }

    #[test]
    fn sentences_are_said_whole_and_not_twice_before_the_closing() {
        let script = sound_script(
            &document("Tides", vec![section("", 1, vec![paragraph(TIDES), paragraph(SPRING), paragraph(HARBOURS)])]),
            None,
        );
        let before_closing: Vec<&Scene> = script.scenes.iter().take(script.scenes.len() - 1).collect();
        let source = format!("{TIDES} {SPRING} {HARBOURS}");
        let mut said: Vec<&str> = before_closing
            .iter()
            .flat_map(|scene| sentences::split(&scene.narration))
            .filter(|sentence| sentence.len() > 30)
            .collect();
        assert!(said.iter().all(|sentence| source.contains(sentence)), "{said:?}");
        let count = said.len();
        said.sort_unstable();
        said.dedup();
        assert_eq!(said.len(), count);
    }

    #[test]
    fn the_number_of_scenes_is_exact_where_there_is_enough_to_say() {
        let document = document("Harbours", vec![section("", 1, vec![paragraph(&long_text(400))])]);
        for wanted in [3, 4, 7, 20, 60] {
            assert_eq!(sound_script(&document, Some(wanted)).scenes.len(), usize::from(wanted));
        }
        assert!((3..=7).contains(&sound_script(&document, None).scenes.len()));
    }

    #[test]
    fn a_hundred_sections_give_a_short_video_in_their_order() {
        let sections = (0..100).map(|n| section(&format!("Station {n}"), 1, vec![paragraph(&long_text(6 + n % 5))])).collect();
        let script = sound_script(&document("Stations", sections), None);
        assert_eq!(script.scenes.len(), 7);
        let stations: Vec<u32> =
            script.scenes.iter().filter_map(|scene| scene.visual.title().strip_prefix("Station ")?.parse().ok()).collect();
        assert!(stations.is_sorted() && stations.len() == 5, "{stations:?}");
    }

    #[test]
    fn a_very_short_text_gives_three_scenes() {
        let short = "The Moon pulls at the oceans. The water rises below it and on the far side. The Earth turns below, so each coast sees two high tides a day.";
        let script = sound_script(&document("", vec![section("", 1, vec![paragraph(short)])]), None);
        assert_eq!(script.scenes.len(), 3);
        assert_eq!(script.scenes[2].visual.kind(), "summary");
    }

    #[test]
    fn what_the_section_holds_is_shown() {
        let formula = Block::Formula {
            latex: Some("F = \\frac{m_1 m_2}{r^2}".to_owned()),
            text: String::new(),
            figure: None,
            span: span(),
        };
        let table = Block::Table {
            header: vec!["Port".to_owned(), "Range".to_owned()],
            rows: vec![vec!["Brest".to_owned(), "6 m".to_owned()], vec!["Kiel".to_owned(), "0 m".to_owned()]],
            caption: Some("Table 1: Ranges of two ports".to_owned()),
            span: span(),
        };
        let script = sound_script(
            &document(
                "Tides",
                vec![
                    section(
                        "Bulges",
                        1,
                        vec![
                            paragraph(&format!("{TIDES} Figure 1 shows both bulges of water.")),
                            figure("Figure 1", "The two bulges of water."),
                        ],
                    ),
                    section("Forces", 1, vec![paragraph(SPRING), formula]),
                    section("Ports", 1, vec![paragraph(HARBOURS), table]),
                    section(
                        "Computing",
                        1,
                        vec![paragraph(&long_text(5)), code("fn tide(hour: f64) -> f64 {\n    hour.sin()\n}")],
                    ),
                ],
            ),
            None,
        );
        assert_eq!(kinds(&script), ["title", "figure", "formula", "table", "code", "summary"]);
        assert!(script.scenes[1].narration.contains("he figure shows"), "{}", script.scenes[1].narration);
        assert!(script.scenes[2].narration.contains("F equals m 1 m 2 over r squared"), "{}", script.scenes[2].narration);
        assert!(script.scenes[3].narration.contains("The table gives ranges of two ports."), "{}", script.scenes[3].narration);
        assert!(script.scenes[4].narration.contains("an example in Rust."), "{}", script.scenes[4].narration);
    }

    #[test]
    fn the_picture_of_a_listing_is_called_a_listing() {
        let blocks = vec![paragraph(TIDES), figure("Listing 1", "Lookup in a table.")];
        let script = sound_script(&document("Tides", vec![section("Bulges", 1, blocks)]), None);
        let said: String = script.scenes.iter().map(|scene| scene.narration.as_str()).collect();
        assert!(said.contains("The listing shows lookup in a table."), "{said}");
    }

    fn table(header: [&str; 2], rows: &[[&str; 2]]) -> Block {
        let line = |cells: &[&str; 2]| cells.map(str::to_owned).to_vec();
        Block::Table { header: line(&header), rows: rows.iter().map(line).collect(), caption: None, span: span() }
    }

    /// What is said of a section with a table.
    fn said_of(table: Block) -> String {
        let sections = vec![section("Harbours", 1, vec![paragraph("A pilot reads the tables of the tides."), table])];
        narrations(&sound_script(&document("Tides", sections), None))
    }

    #[test]
    fn a_table_is_said_by_its_columns_and_a_graph_by_its_most_and_least() {
        let said = said_of(table(["Port", "Open"], &[["Brest", "always"], ["Kiel", "at high water"]]));
        assert!(said.contains("For each port, the table gives open."), "{said}");
        let said = said_of(table(["Port", "Range"], &[["Brest", "6 m"], ["Kiel", "1 m"], ["Oslo", "2 m"]]));
        assert!(said.contains("For each port, the graph shows range. Brest comes first with 6"), "{said}");
        assert!(said.contains(", and Kiel comes last with 1"), "{said}");
    }

    #[test]
    fn sentences_without_a_subject_are_said_only_if_there_is_nothing_else() {
        let manual = "Closes with a soft click. The lid keeps the water out for many years. Records the temperature of the water every hour. \
                      The recorder counts the frogs of every warm night.";
        let said = narrations(&sound_script(&document("Recorder", vec![section("The lid", 1, vec![paragraph(manual)])]), None));
        assert!(said.contains("The lid keeps") && !said.contains("Closes") && !said.contains("Records"), "{said}");
    }

    #[test]
    fn references_and_boilerplate_are_left_out() {
        let mut references =
            section("References", 1, vec![paragraph("Smith wrote a book about the tides of the northern sea in the year 1999.")]);
        references.role = SectionRole::References;
        let licence = section(
            "License",
            1,
            vec![paragraph("Permission is granted to anybody who obtains a copy of the tides of this work.")],
        );
        let script =
            sound_script(&document("Tides", vec![section("Two a day", 1, vec![paragraph(TIDES)]), references, licence]), None);
        let all = narrations(&script);
        assert!(!all.contains("Smith") && !all.contains("Permission"), "{all}");
    }

    #[test]
    fn the_abstract_is_for_the_title_and_no_scene() {
        let mut summary = section(
            "Abstract",
            1,
            vec![paragraph("This paper presents a model of the tides that every harbour can compute within a second.")],
        );
        summary.role = SectionRole::Abstract;
        let script = sound_script(
            &document(
                "Tides",
                vec![summary, section("Bulges", 1, vec![paragraph(TIDES)]), section("Ports", 1, vec![paragraph(HARBOURS)])],
            ),
            None,
        );
        assert!(script.scenes[0].narration.contains("This paper presents a model"));
        assert_eq!(narrations(&script).matches("This paper presents").count(), 1);
    }

    #[test]
    fn an_appendix_is_used_only_if_there_is_nothing_else() {
        let appendix = || {
            let mut appendix = section("Appendix", 1, vec![paragraph(HARBOURS)]);
            appendix.role = SectionRole::Appendix;
            appendix
        };
        let with_body = sound_script(&document("Tides", vec![section("Bulges", 1, vec![paragraph(TIDES)]), appendix()]), None);
        assert!(!narrations(&with_body).contains("Harbours publish"));
        assert!(narrations(&sound_script(&document("Tides", vec![appendix()]), None)).contains("Harbours publish"));
    }

    #[test]
    fn the_author_has_the_last_word() {
        let conclusion = section(
            "Conclusion",
            1,
            vec![paragraph("We have shown that the tides follow the Moon and the Sun in every harbour of the world.")],
        );
        let sections =
            vec![section("Bulges", 1, vec![paragraph(TIDES)]), section("Ports", 1, vec![paragraph(HARBOURS)]), conclusion];
        let script = sound_script(&document("Tides", sections), None);
        let closing = &script.scenes[script.scenes.len() - 1].narration;
        assert_eq!(closing, "To sum up: We have shown that the tides follow the Moon and the Sun in every harbour of the world.");
    }

    #[test]
    fn documents_of_one_kind_of_block_give_a_video() {
        let table = Block::Table {
            header: vec!["A".to_owned(), "B".to_owned()],
            rows: vec![vec!["1".to_owned(), "2".to_owned()]],
            caption: None,
            span: span(),
        };
        for (blocks, kind) in [
            (vec![code("fn main() {\n    run();\n}\n")], "code"),
            (vec![list(&["Fast", "Small", "Easy to use"])], "slide"),
            (vec![table], "table"),
            (vec![figure("Figure 1", "The whole machine")], "figure"),
        ] {
            let script = sound_script(&document("", vec![section("Machine", 1, blocks)]), None);
            assert_eq!(script.scenes[1].visual.kind(), kind, "{script:#?}");
        }
    }

    #[test]
    fn a_german_document_is_framed_in_german() {
        let text = "Der Mond zieht am Wasser der Meere, und das Wasser steigt unter ihm. Ein zweiter Berg entsteht auf der anderen Seite der Erde. \
                    Die Erde dreht sich einmal am Tag unter beiden Bergen. Jede Küste sieht deshalb zwei Fluten am Tag.";
        let script = sound_script(&document("Gezeiten", vec![section("", 1, vec![paragraph(text)])]), None);
        assert_eq!(script.language, "de");
        assert!(script.scenes[script.scenes.len() - 1].narration.starts_with("Zusammengefasst:"));
    }

    #[test]
    fn the_same_document_gives_the_same_script() {
        let document = document("Harbours", vec![section("", 1, vec![paragraph(&long_text(90))])]);
        assert_eq!(write(&document, &JobOptions::default()), write(&document, &JobOptions::default()));
    }

    fn any_text() -> impl Strategy<Value = String> {
        let words = prop::sample::select(vec![
            "the",
            "The",
            "Moon",
            "water",
            "rises",
            "is",
            "a",
            "[12]",
            "(Smith, 2019)",
            "`read_file`",
            "$x^2$",
            "e.g.",
            "Fig. 3",
            "5 ms",
            "→",
            "…",
            "?",
            ".",
            ". The",
            "https://example.org/a",
            "However,",
            "This",
            "语言。",
            "ß",
            "🚀",
            "\\",
            "`",
            "$",
            "(",
            ")",
            "“",
            "\u{e000}",
            "—",
            "0",
            "and",
            "1.",
            "•",
            "x_i",
            "\t",
            "“Stop!”",
            "U.S.",
        ]);
        prop::collection::vec(words, 0..60).prop_map(|words| words.join(" "))
    }

    fn any_block() -> impl Strategy<Value = Block> {
        let cells = || prop::collection::vec(any_text(), 0..4);
        prop_oneof![
            4 => any_text().prop_map(|text| Block::Paragraph { text, span: span() }),
            1 => any_text().prop_map(|text| Block::Quote { text, span: span() }),
            1 => prop::collection::vec((any_text(), 0_u8..3), 0..6).prop_map(|items| {
                let items = items.into_iter().map(|(text, depth)| ListItem { text, depth }).collect();
                Block::List { ordered: false, items, span: span() }
            }),
            1 => prop::collection::vec(any_text(), 0..30).prop_map(|lines| Block::Code { language: None, text: lines.join("\n"), span: span() }),
            1 => (cells(), prop::collection::vec(cells(), 0..5), prop::option::of(any_text()))
                .prop_map(|(header, rows, caption)| Block::Table { header, rows, caption, span: span() }),
            1 => (prop::option::of(any_text()), any_text()).prop_map(|(latex, text)| Block::Formula { latex, text, figure: None, span: span() }),
            1 => (any_text(), any_text()).prop_map(|(label, caption)| figure(&label, &caption)),
        ]
    }

    fn any_document() -> impl Strategy<Value = Document> {
        let roles = prop::sample::select(vec![
            SectionRole::Body,
            SectionRole::Body,
            SectionRole::Abstract,
            SectionRole::References,
            SectionRole::Boilerplate,
            SectionRole::Appendix,
        ]);
        let section = (prop::option::of(any_text()), 0_u8..5, roles, prop::collection::vec(any_block(), 0..6))
            .prop_map(|(heading, level, role, blocks)| Section { heading, number: None, level, role, blocks });
        let kinds = prop::sample::select(vec![DocumentKind::Text, DocumentKind::Markdown, DocumentKind::Pdf]);
        (
            kinds,
            prop::option::of(any_text()),
            prop::collection::vec(any_text(), 0..3),
            prop::option::of(any_text()),
            prop::collection::vec(section, 0..8),
        )
            .prop_map(|(kind, title, authors, language, sections)| Document {
                kind,
                title,
                authors,
                language,
                pages: 1,
                words: 0,
                sections,
                warnings: Vec::new(),
            })
    }

    proptest! {
        #![proptest_config(ProptestConfig { cases: 192, failure_persistence: None, rng_seed: prop::test_runner::RngSeed::Fixed(7), ..ProptestConfig::default() })]

        #[test]
        fn any_document_gives_a_sound_script(document in any_document(), scenes in prop::option::of(3_u16..=300)) {
            let script = write(&document, &JobOptions { scenes, ..JobOptions::default() });
            prop_assert_eq!(check::faults(&script, &document), Vec::<String>::new());
            if let Some(scenes) = scenes {
                prop_assert!(script.scenes.len() <= usize::from(scenes));
            }
        }
    }
}
