//! How a sentence begins: freely, with a word that may be left out, or leaning on what was said before.

use super::speakable;
use regex::Regex;
use std::collections::HashSet;
use std::sync::LazyLock;

/// How a sentence begins.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Opening {
    /// It can be said by itself.
    Free,
    /// It can be said by itself without its first words; here is the rest.
    Loose(String),
    /// It needs the sentence before it.
    Leaning,
}

/// Words that tie a sentence to the one before but may be left out.
static LOOSE: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(concat!(
        r"^(?:(?:However|Moreover|Furthermore|Therefore|Thus|Hence|Consequently|Additionally|In addition|Also|Besides|Nevertheless|Nonetheless|Finally|Indeed|",
        r"In fact|Of course|As a result|For this reason|In particular|Accordingly|To this end|Specifically|More precisely|More specifically|More generally|Overall|Then|Now|Again|Still|",
        r"Also note that|Note that|Notice that|Recall that|Observe that|In short|In summary|Fortunately|Unfortunately|Interestingly|Importantly|Lastly|First|Firstly|To begin with|For now|",
        r"Jedoch|Außerdem|Zudem|Daher|Deshalb|Allerdings|Cependant|Toutefois|De plus|En outre|Ainsi|Enfin|Sin embargo|Además|Por tanto|Por lo tanto|Así|Inoltre|Tuttavia|Bovendien|Echter|No entanto|Além disso)",
        r"(?:,\s+|\s+(?:that\s+)?))(.+)$"
    ))
    .expect("a constant")
});

/// The loose words that are only loose before a comma; without one they belong to the sentence.
static NEED_COMMA: LazyLock<HashSet<&str>> = LazyLock::new(|| {
    "First Then Now Still Again Finally Also Overall Specifically Besides Indeed Thus Hence Therefore However Lastly Ainsi \
     Así Daher Deshalb Zudem Jedoch Allerdings Außerdem"
        .split_whitespace()
        .collect()
});

/// A conjunction at the start, which may be left out.
static CONJUNCTION: LazyLock<Regex> =
    LazyLock::new(|| Regex::new(r"^(?:But|And|So|Yet|Aber|Und|Mais|Et|Pero|Y|Ma|E|Maar|En|Mas),?\s+(.+)$").expect("a constant"));

/// Words that point backwards.
static POINTING: LazyLock<HashSet<&str>> = LazyLock::new(|| {
    "this these that those it its it's they they're their them he she his her such here either neither otherwise instead \
     conversely similarly likewise rather another other others doing second secondly third thirdly fourth meanwhile \
     alternatively afterwards which whereas"
        .split_whitespace()
        .collect()
});

/// Words that point backwards only in company, such as `all of these` or `in this case`.
static POINTING_PHRASE: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(concat!(
        r"(?i)^(?:(?:all|some|one|most|each|both|either|neither|many|none|any) of (?:these|those|them|this|which)\b|",
        r"(?:in|for|with|from|at|to|by|on|as|after|during|under|given|since|if|when|besides|despite|within|unlike|like|because of|based on|using|through|among|beyond)\s+(?:all\s+|both\s+)?(?:this|these|that case|those|such|it|them|doing so|do so|do this|its|their)\b|",
        r"(?:to|by|after|before|when|while|for)\s+\w+\s+(?:this|these|those|such|it|them)\b|to that end|our (?:second|third|next|other|last)\b|the (?:former|latter|same|above|other|others|following|previous|preceding|rest|result is|reason is|reason for this|problem is|idea is|answer is|second|third|next|last|first of these|two)\b|",
        r"one (?:such|reason|way|problem|example|solution|of the|is|can|option)\b|for (?:example|instance)\b|on the (?:other|one) hand\b|in (?:contrast|this|that|these|other words|the first|the second|both|the latter|the former|turn)\b|",
        r"by contrast\b|that is\b|as (?:before|above|such|mentioned|a consequence|noted|expected|an example|you can see|we have seen|we saw|shown|seen)\b|because of (?:this|that)\b|to (?:do|see|illustrate) (?:so|this|that)\b|once (?:this|that|these|it)\b|when (?:this|that|it|they)\b|if (?:this|that|so|not|it|they|these)\b|because (?:it|this|they)\b|after (?:this|that)\b|since (?:it|this|they)\b)"
    ))
    .expect("a constant")
});

/// In other languages the same, by the first word.
static POINTING_ELSEWHERE: LazyLock<HashSet<&str>> = LazyLock::new(|| {
    "dies diese dieser dieses diesen diesem dabei dadurch damit dazu dafür davon danach hierbei hierzu hierfür hier somit \
     folglich beide solche stattdessen dann denn sonst ebenso deren dessen er sie cela ceci ce cet cette ces il elle ils \
     elles celui-ci celle-ci leur leurs sa son ses puis alors donc esto este esta estos estas ello ellos ellas eso esa ese \
     su sus así luego entonces questo questa questi queste esso essa essi suo sua quindi dunque dit deze dat zij hun \
     daarom hierdoor daarmee dus isso isto estes essas esses ele ela eles elas seu assim portanto"
        .split_whitespace()
        .collect()
});

/// `This paper` points at the document itself.
static ITSELF: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"(?i)^(?:(?:this|dieses?r?|diese|cet|cette|ce|este|esta|questo|questa|dit|deze) (?:paper|article|book|chapter|document|guide|tutorial|manual|report|thesis|study|work|survey|crate|library|package|project|repository|tool|program|module|course|lecture|post|essay|specification|standard|page|note|papier|artikel|buch|kapitel|dokument|handbuch|arbeit|article|livre|chapitre|guide|manuel|manual|artículo|libro|capítulo|documento|guía|boek|hoofdstuk|livro|artigo)\b|(?:in|for|to) this (?:paper|article|book|chapter|guide|tutorial|report|thesis|study|work|post)\b)").expect("a constant")
});

/// `It is important to ...`: the word stands for what follows.
static EXPLETIVE: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"(?i)^(?:it (?:is|was|has been|may be|might be|can be|seems|turns out|takes|remains)\s+(?:\w+\s+){0,3}?(?:that|to|how|why|whether|possible|easy|hard|clear|known|worth)\b|there (?:is|are|was|were|has|have)\b|es (?:ist|gibt|war|gab|handelt|geht)\b|il (?:est|y a|faut|existe|s'agit)\b|hay\b|c'è\b|er (?:is|zijn|wordt)\b)").expect("a constant")
});

/// Tells how a spoken sentence begins.
pub(crate) fn of(spoken: &str) -> Opening {
    if let Some(found) = LOOSE.captures(spoken) {
        let lead = &spoken[..spoken.len() - found[1].len()];
        let bare = lead.trim();
        let comma = bare.ends_with(',');
        let word = bare.trim_end_matches(',');
        if comma || !NEED_COMMA.contains(&word) && bare.ends_with("that") {
            return loosened(&found[1]);
        }
    }
    if let Some(found) = CONJUNCTION.captures(spoken) {
        return loosened(&found[1]);
    }
    if leans(spoken) { Opening::Leaning } else { Opening::Free }
}

fn loosened(rest: &str) -> Opening {
    if leans(rest) { Opening::Leaning } else { Opening::Loose(speakable::capitalise(rest)) }
}

fn leans(spoken: &str) -> bool {
    if ITSELF.is_match(spoken) || EXPLETIVE.is_match(spoken) {
        return false;
    }
    if POINTING_PHRASE.is_match(spoken) {
        return true;
    }
    let first: String =
        spoken.chars().take_while(|c| c.is_alphanumeric() || matches!(c, '\'' | '’' | '-')).collect::<String>().to_lowercase();
    POINTING.contains(&first.as_str()) || POINTING_ELSEWHERE.contains(&first.as_str())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_free_sentence_stands_alone() {
        for free in [
            "Ownership frees memory.",
            "This paper presents a method.",
            "It is important to close the file.",
            "There are two kinds.",
            "The model has two parts.",
            "In practice, memory is small.",
            "All values have an owner.",
            "First we open the lid.",
            "If the lid is open, close it.",
        ] {
            assert_eq!(of(free), Opening::Free, "{free}");
        }
    }

    #[test]
    fn a_tie_that_can_be_cut_is_cut() {
        for (spoken, rest) in [
            ("However, the model has two parts.", "The model has two parts."),
            ("But memory is small.", "Memory is small."),
            ("Note that memory is small.", "Memory is small."),
            ("Therefore, memory is small.", "Memory is small."),
        ] {
            assert_eq!(of(spoken), Opening::Loose(rest.to_owned()), "{spoken}");
        }
    }

    #[test]
    fn what_points_backwards_leans() {
        for leaning in [
            "This means that it grows.",
            "These are fast.",
            "It grows.",
            "They grow.",
            "However, this is slow.",
            "For example, it grows.",
            "In this case, we stop.",
            "On the other hand, it is slow.",
            "The former is slow.",
            "All of these are fast.",
            "Such models are slow.",
            "Dadurch wird es schnell.",
            "Cela change tout.",
        ] {
            assert_eq!(of(leaning), Opening::Leaning, "{leaning}");
        }
    }
}
