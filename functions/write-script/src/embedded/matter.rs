//! The matter of a document: its sentences in order, each in both readings, and what each section is worth.

use super::language::Language;
use super::speakable::{self, Reading};
use super::{headings, sentences};
use domain::{Block, Document, ListItem, Section, SectionRole, Span};
use rust_stemmers::Stemmer;
use std::collections::{HashMap, HashSet};
use std::sync::LazyLock;
use unicode_segmentation::UnicodeSegmentation;

/// A sentence that can be said.
#[derive(Debug, Clone)]
pub(crate) struct Sentence {
    /// To be shown, in inline notation.
    pub(crate) shown: String,
    /// To be said.
    pub(crate) spoken: String,
    /// How many words a voice takes for it.
    pub(crate) words: usize,
    /// The stems of its content words.
    pub(crate) terms: Vec<String>,
    /// The section it stands in.
    pub(crate) section: usize,
    /// The block it stands in.
    pub(crate) block: usize,
    /// Where that block stands in the source.
    pub(crate) span: Span,
    /// Labels it points to.
    pub(crate) mentions: Vec<String>,
    /// Labels it is not understood without.
    pub(crate) leans_on: Vec<String>,
    /// Whether the sentence before it in the list stands directly before it in the same paragraph.
    pub(crate) continues: bool,
    /// Whether it opens its paragraph.
    pub(crate) opens: bool,
    /// Whether it is whole: begins with a capital and ends with a mark in the source.
    pub(crate) whole: bool,
    /// What it was in the source.
    pub(crate) form: Form,
}

/// What a sentence was in the source.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Form {
    /// A sentence of running text.
    Prose,
    /// A sentence that ends with a colon: what it announces follows as another block.
    Announcement,
    /// A sentence of a quotation.
    Quote,
    /// An item of a list that is a sentence by itself.
    Item,
    /// A list of short items made into one sentence.
    Listing,
}

/// What a section is worth for a video.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Worth {
    /// It carries the argument.
    Full,
    /// It may be passed over where time is short: related work, installation.
    Minor,
    /// The author's own summary at the start.
    Abstract,
    /// The author's own summary at the end.
    Conclusion,
    /// An appendix: only if there is nothing else.
    Appendix,
    /// Nothing to teach.
    None,
}

/// The sentences of a document with what is needed to weigh them.
pub(crate) struct Matter<'a> {
    pub(crate) document: &'a Document,
    pub(crate) language: Language,
    pub(crate) sentences: Vec<Sentence>,
    /// What each section is worth.
    pub(crate) worth: Vec<Worth>,
    /// The headings, tidied, by section.
    pub(crate) headings: Vec<Option<String>>,
    /// How words are written inside its sentences.
    pub(crate) case: headings::Case,
    /// In how many sentences a stem occurs.
    pub(crate) frequency: HashMap<String, f64>,
    stemmer: Stemmer,
}

impl<'a> Matter<'a> {
    /// Reads the sentences of every section that teaches something.
    pub(crate) fn of(document: &'a Document, language: Language) -> Self {
        let worth: Vec<Worth> = worth_of_sections(&document.sections);
        let mut matter = Self {
            document,
            language,
            sentences: Vec::new(),
            worth,
            headings: Vec::new(),
            case: headings::Case::of(document, language),
            frequency: HashMap::new(),
            stemmer: language.stemmer(),
        };
        for (at, section) in document.sections.iter().enumerate() {
            if matter.worth[at] != Worth::None {
                matter.read_section(at, section);
            }
        }
        for sentence in &matter.sentences {
            for term in &sentence.terms {
                *matter.frequency.entry(term.clone()).or_default() += 1.0;
            }
        }
        matter.headings =
            document.sections.iter().map(|section| headings::tidy(section.heading.as_deref()?, &matter.case, language)).collect();
        matter
    }

    /// The stems of the content words of a text.
    pub(crate) fn terms(&self, text: &str) -> Vec<String> {
        let stop_words = self.language.stop_words();
        let mut terms: Vec<String> = text
            .unicode_words()
            .map(str::to_lowercase)
            .filter(|word| {
                (word.chars().count() > 1 || word.chars().all(speakable::is_wide))
                    && !stop_words.contains(word.as_str())
                    && !word.chars().all(|c| c.is_ascii_digit())
            })
            .map(|word| self.stemmer.stem(&word).into_owned())
            .collect();
        terms.sort_unstable();
        terms.dedup();
        terms
    }

    fn read_section(&mut self, section: usize, content: &Section) {
        for (at, block) in content.blocks.iter().enumerate() {
            match block {
                Block::Paragraph { text, span } => self.read_prose(text, Form::Prose, section, at, *span),
                Block::Quote { text, span } => self.read_prose(text, Form::Quote, section, at, *span),
                Block::List { items, span, .. } => self.read_list(items, section, at, *span),
                Block::Code { .. } | Block::Table { .. } | Block::Formula { .. } | Block::Figure { .. } => {}
            }
        }
    }

    fn read_prose(&mut self, text: &str, form: Form, section: usize, block: usize, span: Span) {
        let mut continues = false;
        for (at, raw) in sentences::split(text).into_iter().enumerate() {
            let form = if raw.ends_with(':') { Form::Announcement } else { form };
            let reading = speakable::read(raw, self.language);
            let added = self.add(reading, section, block, span, is_whole(raw), form);
            if added && let Some(sentence) = self.sentences.last_mut() {
                sentence.continues = continues;
                sentence.opens = at == 0;
            }
            continues = added;
        }
    }

    /// Long items are sentences of their own; short ones are said in one breath.
    fn read_list(&mut self, items: &[ListItem], section: usize, block: usize, span: Span) {
        const LONG_WORDS: usize = 14;
        let outer: Vec<&ListItem> = items.iter().filter(|item| item.depth == 0).collect();
        let long = outer.iter().filter(|item| speakable::count_words(&item.text) > LONG_WORDS).count();
        if long * 2 > outer.len() || outer.len() == 1 {
            for item in outer {
                let mut continues = false;
                for (at, raw) in sentences::split(&item.text).into_iter().enumerate() {
                    let added =
                        self.add(speakable::read(raw, self.language), section, block, span, is_whole(raw) || at == 0, Form::Item);
                    if let Some(sentence) = self.sentences.last_mut().filter(|_| added) {
                        sentence.continues = continues;
                        sentence.opens = at == 0;
                    }
                    continues = added;
                }
            }
            return;
        }
        if self.is_table_of_contents(&outer) {
            return;
        }
        let announced = self
            .sentences
            .last()
            .filter(|s| s.form == Form::Announcement && s.section == section && s.block + 1 == block)
            .cloned();
        let Some(reading) = self.say_list(&outer, announced.as_ref(), section) else { return };
        if announced.is_some() {
            self.sentences.pop();
        }
        let added = self.add(reading, section, block, span, true, Form::Listing);
        if let (true, Some(announced), Some(sentence)) = (added, announced, self.sentences.last_mut()) {
            sentence.continues = announced.continues;
            sentence.opens = announced.opens;
        }
    }

    /// Whether half of the items are headings of the document.
    fn is_table_of_contents(&self, items: &[&ListItem]) -> bool {
        let plain = |text: &str| domain::inline::plain(text).trim_matches(|c: char| !c.is_alphanumeric()).to_lowercase();
        let headings: Vec<String> =
            self.document.sections.iter().filter_map(|section| section.heading.as_deref()).map(plain).collect();
        let named = items.iter().filter(|item| headings.contains(&plain(&item.text))).count();
        named >= 2 && named * 2 >= items.len()
    }

    /// `The parts are: a, b, and c.` The words before the colon come from the paragraph above, else from the heading.
    fn say_list(&self, items: &[&ListItem], announced: Option<&Sentence>, section: usize) -> Option<Reading> {
        const MOST_ITEMS: usize = 5;
        const MOST_WORDS: usize = 40;
        let p = self.language.phrases();
        let mut said: Vec<String> = Vec::new();
        for item in items {
            let Some(phrase) = speakable::phrase(term_of(&item.text), self.language).filter(|phrase| !phrase.ends_with('?'))
            else {
                continue;
            };
            let so_far: usize = said.iter().map(|item| speakable::count_words(item)).sum();
            if said.len() == MOST_ITEMS || so_far + speakable::count_words(&phrase) > MOST_WORDS {
                break;
            }
            said.push(headings::inside_a_sentence(&phrase, &self.case));
        }
        let complete = said.len() == items.len();
        if said.len() < 2 {
            return None;
        }
        let announcement = announced.map(|s| s.spoken.trim_end_matches('.').to_owned());
        // The heading leads to the first list under it only, and only if it names what is listed.
        let is_first = !self.sentences.iter().rev().take_while(|s| s.section == section).any(|s| s.form == Form::Listing);
        let names = is_first && self.worth[section] == Worth::Full;
        let heading = || {
            let heading = self.document.sections[section].heading.as_deref().filter(|_| names)?;
            speakable::phrase(heading, self.language).filter(|said| !said.ends_with(['?', '!']))
        };
        let lead = announcement.filter(|lead| speakable::count_words(lead) > 1).or_else(heading);
        let separator = if said.iter().any(|item| item.contains(',')) { "; " } else { ", " };
        let list =
            if complete { join(&said, separator, p.and) } else { format!("{}{separator}{}", said.join(separator), p.and_so_on) };
        let spoken = match lead {
            // `It is: fast` is `It is fast`.
            Some(lead) if [" is", " are", " include", " includes", " including"].iter().any(|end| lead.ends_with(end)) => {
                format!("{lead} {list}.")
            }
            Some(lead) => format!("{lead}: {list}."),
            None => format!("{}.", speakable::capitalise(&list)),
        };
        let shown = spoken.trim_end_matches('.').to_owned();
        Some(Reading { shown: domain::inline::escape(&shown), spoken: Some(spoken), mentions: Vec::new(), leans_on: Vec::new() })
    }

    fn add(&mut self, reading: Reading, section: usize, block: usize, span: Span, whole: bool, form: Form) -> bool {
        let Some(spoken) = reading.spoken else { return false };
        let terms = self.terms(&spoken);
        let words = speakable::count_words(&spoken);
        if words == 0 {
            return false;
        }
        self.sentences.push(Sentence {
            shown: reading.shown,
            spoken,
            words,
            terms,
            section,
            block,
            span,
            mentions: reading.mentions,
            leans_on: reading.leans_on,
            continues: false,
            opens: true,
            whole,
            form,
        });
        true
    }
}

/// Joins the parts of an enumeration: `a, b, and c`.
pub(crate) fn join(parts: &[String], separator: &str, and: &str) -> String {
    match parts {
        [] => String::new(),
        [one] => one.clone(),
        [one, two] => format!("{one} {and} {two}"),
        [init @ .., last] => format!(
            "{}{}{and} {last}",
            init.join(separator),
            if separator == "; " {
                "; "
            } else if and == "and" {
                ", "
            } else {
                " "
            }
        ),
    }
}

/// `Term: what it means` and `Term – what it means` are known by their term.
pub(crate) fn term_of(item: &str) -> &str {
    const MOST_TERM_WORDS: usize = 6;
    [": ", " – ", " — ", " - "]
        .iter()
        .filter_map(|mark| item.split_once(mark))
        .map(|(term, _)| term)
        .filter(|term| speakable::count_words(term) <= MOST_TERM_WORDS && !term.is_empty())
        .filter(|term| term.matches('(').count() == term.matches(')').count())
        .min_by_key(|term| term.len())
        .unwrap_or(item)
}

fn is_whole(raw: &str) -> bool {
    let ends = raw.trim_end_matches(|c: char| {
        matches!(c, '"' | '”' | '“' | '’' | '\'' | '»' | ')' | ']' | '†' | '*' | '」')
            || c.is_ascii_digit()
            || matches!(c, '[' | ',' | '^')
    });
    !raw.starts_with(char::is_lowercase)
        && (raw.ends_with(domain::SENTENCE_ENDS) || ends.ends_with(domain::SENTENCE_ENDS) || ends.ends_with(is_thai))
}

/// A letter of a script in which no mark ends a sentence.
fn is_thai(letter: char) -> bool {
    ('\u{E00}'..='\u{EFF}').contains(&letter)
}

/// Judges the sections; what stands under one that teaches nothing teaches nothing either.
fn worth_of_sections(sections: &[Section]) -> Vec<Worth> {
    let mut inherited: Option<(u8, Worth)> = None;
    let mut worth: Vec<Worth> = Vec::new();
    for section in sections {
        if inherited.is_some_and(|(level, _)| section.level <= level) {
            inherited = None;
        }
        let own = worth_of(section);
        let judged = match inherited {
            Some((_, from_above)) if own == Worth::Full => from_above,
            _ => own,
        };
        if inherited.is_none() && !matches!(judged, Worth::Full | Worth::Abstract) {
            inherited = Some((section.level, judged));
        }
        worth.push(judged);
    }
    if !worth.iter().any(|w| matches!(w, Worth::Full | Worth::Minor | Worth::Conclusion | Worth::Abstract)) {
        for w in worth.iter_mut().filter(|w| **w == Worth::Appendix) {
            *w = Worth::Full;
        }
    }
    worth
}

fn worth_of(section: &Section) -> Worth {
    match section.role {
        SectionRole::References | SectionRole::Boilerplate => return Worth::None,
        SectionRole::Abstract => return Worth::Abstract,
        SectionRole::Appendix => return Worth::Appendix,
        SectionRole::Body => {}
    }
    let heading = section.heading.as_deref().unwrap_or_default().to_lowercase();
    let heading = heading.trim_matches(|c: char| !c.is_alphanumeric());
    if NOTHING_TO_TEACH.contains(heading) {
        Worth::None
    } else if CONCLUSIONS.contains(heading) || heading.starts_with("conclusion") {
        Worth::Conclusion
    } else if MINOR.contains(heading)
        || ["related work", "migrat", "upgrad", "changes "].iter().any(|start| heading.starts_with(start))
    {
        Worth::Minor
    } else if [
        "abstract",
        "zusammenfassung",
        "résumé",
        "resumen",
        "riassunto",
        "samenvatting",
        "resumo",
        "executive summary",
        "tl;dr",
    ]
    .contains(&heading)
    {
        Worth::Abstract
    } else {
        Worth::Full
    }
}

static NOTHING_TO_TEACH: LazyLock<HashSet<&str>> = LazyLock::new(|| {
    "references|bibliography|works cited|literatur|literaturverzeichnis|références|bibliographie|bibliografía|referencias|\
     bibliografia|acknowledgements|acknowledgments|acknowledgement|acknowledgment|danksagung|remerciements|agradecimientos|\
     license|licence|licensing|lizenz|copyright|table of contents|contents|inhaltsverzeichnis|inhalt|index|contributing|\
     contributors|authors|author|changelog|change log|release notes|sponsors|funding|author contributions|contribution|\
     contributions|conflict of interest|conflicts of interest|competing interests|data availability|see also|\
     external links|further reading|notes|footnotes|code of conduct|semver|minimum supported rust version|msrv|msrv policy|\
     credits|about the author|about the authors|project membership|project members|members|team|maintainers|colophon|\
     imprint|impressum|legal|trademarks|badges|history|minimum supported rust version (msrv)|minimum rust version policy|\
     supported rust versions|rust version support|community|getting help|support|backers|security|reporting bugs|bugs|\
     contact|thanks|availability|quellen|weblinks|einzelnachweise|copying"
        .split('|')
        .collect()
});

static CONCLUSIONS: LazyLock<HashSet<&str>> = LazyLock::new(|| {
    "conclusion|conclusions|concluding remarks|summary|summary and conclusion|summary and conclusions|key takeaways|\
     takeaways|discussion and conclusion|discussion and conclusions|conclusion and future work|conclusions and future work|\
     fazit|schluss|schlussfolgerung|schlussbemerkung|conclusiones|conclusión|conclusioni|conclusie|conclusão|recap|\
     final remarks|zusammenfassung und ausblick|final thoughts|wrap-up|wrapping up"
        .split('|')
        .collect()
});

static MINOR: LazyLock<HashSet<&str>> = LazyLock::new(|| {
    "related work|related works|prior work|previous work|background and related work|future work|limitations|installation|\
     installing|install|requirements|prerequisites|dependencies|building|building from source|build|compatibility|\
     versioning|faq|troubleshooting|testing|running tests|development|outline|organization|organisation|notation|preface|\
     foreword|vorwort|verwandte arbeiten|installation instructions|roadmap|related projects|alternatives|crate features|\
     cargo features|feature flags|exercises|übungen|examples|supported platforms|platform support|experimental setup|\
     implementation details|ethics statement|broader impact|reproducibility statement"
        .split('|')
        .collect()
});
