//! How words are to be said. Applied to what is spoken, never to what is shown: where a word is heard is told in the text as it was
//! written.

use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::ops::Range;

/// The most words of a lexicon.
const MOST_WORDS: usize = 200;
/// The most characters of a word, and of how it is said.
const LONGEST: usize = 80;

/// Words, and how each is to be said: written as one would say it (`"SQL": "sequel"`), or between slashes in the signs of the
/// International Phonetic Alphabet (`"gif": "/dʒɪf/"`), which some voices read and others pass over. A word without capitals stands for
/// itself in any case.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Lexicon(BTreeMap<String, String>);

/// A narration as it is to be spoken, and the way back.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Pronounced {
    /// What is to be spoken.
    pub text: String,
    /// Where the text says a word by its sounds.
    pub phonemes: Vec<Phonemes>,
    /// What was written otherwise, in order.
    respelt: Vec<Respelt>,
}

/// A word that is said by its sounds.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Phonemes {
    /// Where it stands, in bytes of the text that is spoken.
    pub place: Range<usize>,
    /// Its sounds, in the International Phonetic Alphabet.
    pub ipa: String,
}

#[derive(Debug, Clone, PartialEq, Eq)]
struct Respelt {
    written: Range<usize>,
    spoken: Range<usize>,
}

impl Lexicon {
    /// Whether it holds no word.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Says in one phrase what is wrong, if anything.
    pub fn check(&self) -> Result<(), String> {
        if self.0.len() > MOST_WORDS {
            return Err(format!("`lexicon` holds {} words, expected at most {MOST_WORDS}", self.0.len()));
        }
        for (word, said) in &self.0 {
            for text in [word, said] {
                let is_one_line = text.trim() == text && !text.chars().any(char::is_control);
                if !(1..=LONGEST).contains(&text.chars().count()) || !is_one_line {
                    return Err(format!("`lexicon` holds what is not 1 to {LONGEST} characters on one line"));
                }
            }
            if !word.chars().any(char::is_alphanumeric) {
                return Err("`lexicon` holds a word without letters".to_owned());
            }
        }
        Ok(())
    }

    /// A narration as it is to be spoken. Of two words that begin at the same place the longer one counts.
    pub fn pronounce(&self, narration: &str) -> Pronounced {
        let mut spoken = Pronounced::default();
        let mut at = 0;
        let mut is_inside = false;
        while let Some(next) = narration[at..].chars().next() {
            let found = if is_inside { None } else { self.longest_at(&narration[at..]) };
            let (length, said) = found.map_or((next.len_utf8(), None), |(length, said)| (length, Some(said)));
            let written = at..at + length;
            let begin = spoken.text.len();
            match said.map(|said| (said, said.strip_prefix('/').and_then(|said| said.strip_suffix('/')))) {
                Some((_, Some(ipa))) => {
                    spoken.text.push_str(&narration[written.clone()]);
                    spoken.phonemes.push(Phonemes { place: begin..spoken.text.len(), ipa: ipa.to_owned() });
                }
                Some((said, None)) => {
                    spoken.text.push_str(said);
                    spoken.respelt.push(Respelt { written: written.clone(), spoken: begin..spoken.text.len() });
                }
                None => spoken.text.push_str(&narration[written.clone()]),
            }
            is_inside = narration[..written.end].ends_with(char::is_alphanumeric);
            at = written.end;
        }
        spoken
    }

    /// The longest word with which a text begins, by its length there, and how it is said.
    fn longest_at(&self, text: &str) -> Option<(usize, &str)> {
        let found = self.0.iter().filter_map(|(word, said)| Some((length_at_start(word, text)?, said.as_str())));
        found.max_by_key(|(length, _)| *length)
    }
}

/// How long a word is at the start of a text that begins with it, as a whole word.
fn length_at_start(word: &str, text: &str) -> Option<usize> {
    let any_case = !word.chars().any(char::is_uppercase);
    let mut rest = text.chars();
    for expected in word.chars() {
        let seen = rest.next()?;
        let is_same = seen == expected || any_case && seen.to_lowercase().eq([expected]);
        if !is_same {
            return None;
        }
    }
    let ends = !word.ends_with(char::is_alphanumeric) || !rest.as_str().starts_with(char::is_alphanumeric);
    ends.then(|| text.len() - rest.as_str().len())
}

impl Pronounced {
    /// Where in the narration stands what is spoken at a byte of the text; the begin of a word that is spelt otherwise.
    pub fn written(&self, offset: usize) -> usize {
        let before = self.respelt.iter().rev().find(|word| word.spoken.start <= offset);
        match before {
            None => offset,
            Some(word) if offset < word.spoken.end => word.written.start,
            Some(word) => word.written.end + (offset - word.spoken.end),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lexicon(words: &[(&str, &str)]) -> Lexicon {
        Lexicon(words.iter().map(|(word, said)| ((*word).to_owned(), (*said).to_owned())).collect())
    }

    #[test]
    fn words_are_said_otherwise_and_only_whole_ones() {
        let lexicon =
            lexicon(&[("SQL", "sequel"), ("kubectl", "cube control"), ("SQL Server", "sequel server"), ("C++", "see plus plus")]);
        for (written, spoken) in [
            ("SQL and NoSQL.", "sequel and NoSQL."),
            ("Use Kubectl, kubectl!", "Use cube control, cube control!"),
            ("sql stays", "sql stays"),
            ("An SQL Server, not SQL Servers", "An sequel server, not sequel Servers"),
            ("C++ is C++.", "see plus plus is see plus plus."),
            ("naïve", "naïve"),
            ("", ""),
        ] {
            assert_eq!(lexicon.pronounce(written).text, spoken);
        }
    }

    #[test]
    fn the_way_back_leads_to_the_begin_of_each_word() {
        let narration = "Ask SQL, naïve kubectl: yes.";
        let spoken = lexicon(&[("SQL", "sequel"), ("kubectl", "cube control")]).pronounce(narration);
        for (heard, written) in
            [("Ask", "Ask"), ("sequel", "SQL,"), ("naïve", "naïve"), ("cube", "kubectl"), ("control", "kubectl"), ("yes", "yes.")]
        {
            let offset = spoken.text.find(heard).expect("it is spoken");
            assert!(narration[spoken.written(offset)..].starts_with(written), "{heard}");
        }
        assert_eq!(spoken.written(spoken.text.len()), narration.len());
    }

    #[test]
    fn sounds_leave_the_text_as_it_is() {
        let spoken = lexicon(&[("gif", "/dʒɪf/")]).pronounce("A GIF plays.");
        assert_eq!(spoken.text, "A GIF plays.");
        assert_eq!(spoken.phonemes, [Phonemes { place: 2..5, ipa: "dʒɪf".to_owned() }]);
        assert_eq!(spoken.written(6), 6);
    }

    #[test]
    fn what_no_lexicon_can_hold_is_named() {
        assert_eq!(lexicon(&[("SQL", "sequel")]).check(), Ok(()));
        for wrong in [("", "x"), ("x", ""), (" x", "y"), ("x", "a\nb"), ("—", "dash"), (&*"x".repeat(81), "y")] {
            assert!(lexicon(&[wrong]).check().is_err_and(|message| message.contains("`lexicon`")), "{wrong:?}");
        }
        let many: BTreeMap<_, _> = (0..201).map(|n| (format!("w{n}"), "x".to_owned())).collect();
        assert!(Lexicon(many).check().is_err());
    }
}
