//! The embedded writer: a document in, a script out, without a model, the same every time.
//!
//! It quotes. What is said are whole sentences of the document, chosen and made speakable; what is shown is what the document
//! holds. Only the frame is its own: which part comes next, what the figure shows, what to remember.
//!
//! ```text
//! matter     sentences in two readings (sentences, apparatus, abbreviations, signs, formula, identifiers -> speakable)
//! plan       parts of the document, one for each scene
//! salience   the sentences of a scene (openings: none of them hangs in the air)
//! visual     what is shown (shorten: points; headings, keyphrase: titles)
//! ```

mod abbreviations;
mod apparatus;
mod formula;
mod headings;
mod identifiers;
mod keyphrase;
mod language;
mod matter;
mod openings;
mod phrases;
mod plan;
mod salience;
mod sentences;
mod shorten;
mod signs;
mod speakable;
mod verbs;
mod visual;

use crate::check::{LEAST_NARRATION, MOST_NARRATION};
use domain::{Document, JobOptions, SCRIPT_SCHEMA, Scene, Script, Span, Visual, Writer};
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
    let plan = plan::make(&matter, options.scenes);
    let script = Composer::new(&matter).compose(&plan);
    Script { language: tag, ..script }
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

    fn compose(mut self, plan: &Plan) -> Script {
        let title = self.title(plan);
        let about = self.about(plan, title.as_deref());
        let drafts: Vec<Draft> = plan.scenes.iter().filter_map(|parts| self.draft(parts, title.as_deref())).collect();
        let opening = self.opening(title.as_deref(), &about, &drafts);
        let closing = self.closing(plan, &about, &drafts);
        let title = opening.visual.title().to_owned();
        let count = drafts.len();
        let mut scenes = vec![opening];
        scenes.extend(drafts.into_iter().enumerate().map(|(at, draft)| self.frame(draft, at, count)));
        scenes.extend(closing);
        let writer = Writer { provider: PROVIDER.to_owned(), model: None, fallback: None };
        Script { schema: SCRIPT_SCHEMA, title: domain::inline::plain(&title), language: String::new(), writer, scenes }
    }

    /// The title of the document, else its first heading.
    fn title(&self, plan: &Plan) -> Option<String> {
        let document = self.matter.document;
        let stated =
            document.title.as_deref().and_then(|title| headings::document_title(title, &self.matter.case, self.matter.language));
        let first = || {
            let first = document.sections.iter().find(|section| section.heading.is_some())?;
            let stands_above = document.sections.iter().filter(|section| section.heading.is_some() && section.level <= first.level).count() == 1;
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
        let candidates = if plan.about.is_empty() { self.first_sentence() } else { plan.about.clone() };
        let scores = salience::scores(self.matter, &candidates, title, None);
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
        let near = (0..sentences.len()).filter(|at| self.matter.worth[sentences[*at].section] == Worth::Full).take(NEAR_THE_START);
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
        one.score
            - if self.matter.sentences[one.sentence].leans_on.is_empty() { 0.0 } else { 0.6 }
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
        let listing = chosen.first().is_some_and(|one| one.spoken.to_lowercase().starts_with(&said.to_lowercase()));
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
            said.extend(exhibit.and_then(|exhibit| exhibit.mention(language)));
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
        Scene { narration: narration(&said, fallback), visual: draft.visual, cues: Vec::new(), sources: draft.sources }
    }

    fn opening(&self, title: Option<&str>, about: &[Chosen], drafts: &[Draft]) -> Scene {
        let language = self.matter.language;
        let p = language.phrases();
        let shown_title = title.unwrap_or(p.untitled).to_owned();
        let said_title = speakable::phrase(&shown_title, language);
        let mut said: Vec<String> = Vec::new();
        said.extend(
            said_title.as_ref().map(|title| if title.ends_with(['?', '!']) { title.clone() } else { format!("{title}.") }),
        );
        if about.is_empty() {
            said.extend(self.outline(drafts));
        }
        said.extend(about.iter().map(|one| one.spoken.clone()));
        let subtitle = about
            .first()
            .map(|one| visual::point(self.matter, one).0)
            .filter(|subtitle| !subtitle.is_empty() && !subtitle.eq_ignore_ascii_case(&shown_title));
        let visual = Visual::Title { title: shown_title, subtitle, byline: self.byline() };
        let fallback = || format!("{} {}.", p.this_is_about, said_title.as_deref().unwrap_or(p.untitled));
        Scene { narration: narration(&said, fallback), visual, cues: Vec::new(), sources: spans(self.matter, about) }
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
            .filter(|author| !author.is_empty())
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
        let narration = narration(&said, fallback);
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
        Some(Scene { narration, visual, cues: Vec::new(), sources })
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
            said.push(format!("{}.", speakable::capitalise(&phrase)));
        }
        said
    }
}

fn is_affiliation(author: &str) -> bool {
    const WORDS: &[&str] =
        &["universit", "institut", "laborator", "college", "department", "school of", "faculty", " inc", " ltd", " gmbh", "corporation", "research", "center", "centre"];
    let lower = author.to_lowercase();
    WORDS.iter().any(|word| lower.contains(word))
}

/// The points of the best scenes, in order.
fn key_points(drafts: &[Draft]) -> Vec<String> {
    let mut with_points: Vec<(usize, &Draft)> = drafts.iter().enumerate().filter(|(_, draft)| draft.point.is_some()).collect();
    with_points.sort_by(|a, b| b.1.score.total_cmp(&a.1.score));
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
fn narration(said: &[String], fallback: impl FnOnce() -> String) -> String {
    let mut text = said.join(" ");
    if text.chars().count() < LEAST_NARRATION {
        text = fallback();
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
