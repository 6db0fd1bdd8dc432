//! The language of a document: which it is, its function words, and its stems.

use domain::{Block, Document};
use rust_stemmers::{Algorithm, Stemmer};
use std::collections::HashSet;
use std::sync::LazyLock;

/// A language the writer knows how to phrase things in. Texts in any other are quoted as they are and framed in English.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum Language {
    English,
    German,
    French,
    Spanish,
    Italian,
    Dutch,
    Portuguese,
    Chinese,
    Japanese,
    Arabic,
    Hindi,
    Thai,
    Hebrew,
    Other,
}

/// The languages that are told by their script.
const BY_SCRIPT: [(Language, &str); 6] = [
    (Language::Chinese, "zh"),
    (Language::Japanese, "ja"),
    (Language::Arabic, "ar"),
    (Language::Hindi, "hi"),
    (Language::Thai, "th"),
    (Language::Hebrew, "he"),
];

/// The languages that are told apart by their function words.
const KNOWN: [Language; 7] = [
    Language::English,
    Language::German,
    Language::French,
    Language::Spanish,
    Language::Italian,
    Language::Dutch,
    Language::Portuguese,
];

/// So many words decide about the language; more would not change the answer.
const SAMPLE_WORDS: usize = 3000;

/// The share of function words below which a text is in none of the known languages.
const LEAST_SHARE: f64 = 0.18;

/// Tells the language of a document and its BCP 47 tag.
///
/// What the words say goes before what the file claims, because authoring programs write their own default into the file.
pub(crate) fn of(document: &Document) -> (Language, String) {
    let claimed = document.language.as_deref().filter(|tag| is_well_formed(tag));
    let words: Vec<String> = sample(document);
    let written = by_letters(&words);
    if let (Some(written), claimed) = (written, claimed.unwrap_or_default()) {
        let is_claimed = primary(claimed).eq_ignore_ascii_case(primary(written));
        return (from_tag(written), if is_claimed { claimed } else { written }.to_owned());
    }
    match (detect(&words), claimed) {
        (Some(heard), Some(claimed)) if primary(claimed) == heard => (from_tag(heard), claimed.to_owned()),
        (Some(heard), Some(claimed)) if words.len() < 25 => {
            (from_tag(claimed), if claimed.is_empty() { heard } else { claimed }.to_owned())
        }
        (Some(heard), _) => (from_tag(heard), heard.to_owned()),
        (None, Some(claimed)) => (from_tag(claimed), claimed.to_owned()),
        (None, None) => (Language::English, "en".to_owned()),
    }
}

impl Language {
    /// The function words, in lower case.
    pub(crate) fn stop_words(self) -> &'static HashSet<&'static str> {
        static SETS: LazyLock<[HashSet<&'static str>; 7]> =
            LazyLock::new(|| KNOWN.map(|language| stop_list(language).split_whitespace().collect()));
        // Texts in other languages hold English words rather than any others.
        KNOWN.iter().position(|known| *known == self).map_or(&SETS[0], |at| &SETS[at])
    }

    /// What takes words to their stems.
    pub(crate) fn stemmer(self) -> Stemmer {
        Stemmer::create(match self {
            Self::Arabic => Algorithm::Arabic,
            // Their words have no endings that this one would take off.
            Self::English | Self::Chinese | Self::Japanese | Self::Hindi | Self::Thai | Self::Hebrew | Self::Other => {
                Algorithm::English
            }
            Self::German => Algorithm::German,
            Self::French => Algorithm::French,
            Self::Spanish => Algorithm::Spanish,
            Self::Italian => Algorithm::Italian,
            Self::Dutch => Algorithm::Dutch,
            Self::Portuguese => Algorithm::Portuguese,
        })
    }

    /// The tag by which its function words are known; English where it has none here.
    fn tag(self) -> &'static str {
        match self {
            Self::German => "de",
            Self::French => "fr",
            Self::Spanish => "es",
            Self::Italian => "it",
            Self::Dutch => "nl",
            Self::Portuguese => "pt",
            Self::English => "en",
            other => BY_SCRIPT.iter().find(|(language, _)| *language == other).map_or("und", |(_, tag)| tag),
        }
    }
}

fn is_well_formed(tag: &str) -> bool {
    (2..=35).contains(&tag.len()) && tag.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-') && primary(tag) != "und"
}

fn primary(tag: &str) -> &str {
    tag.split('-').next().unwrap_or(tag)
}

fn from_tag(tag: &str) -> Language {
    let primary = primary(tag).to_ascii_lowercase();
    let by_script = BY_SCRIPT.into_iter().map(|(language, _)| language);
    KNOWN.into_iter().chain(by_script).find(|language| language.tag() == primary).unwrap_or(Language::Other)
}

fn sample(document: &Document) -> Vec<String> {
    let texts = document.sections.iter().flat_map(|section| &section.blocks).flat_map(|block| match block {
        Block::Paragraph { text, .. } | Block::Quote { text, .. } => vec![text.as_str()],
        Block::List { items, .. } => items.iter().map(|item| item.text.as_str()).collect(),
        _ => Vec::new(),
    });
    texts
        .flat_map(|text| text.split(|c: char| !c.is_alphabetic() && c != '\''))
        .filter(|word| !word.is_empty())
        .take(SAMPLE_WORDS)
        .map(str::to_lowercase)
        .collect()
}

fn detect(words: &[String]) -> Option<&'static str> {
    let count = |language: Language| words.iter().filter(|word| language.stop_words().contains(word.as_str())).count();
    let best = KNOWN.into_iter().max_by_key(|language| (count(*language), *language == Language::English))?;
    let share = count(best) as f64 / words.len().max(1) as f64;
    (share >= LEAST_SHARE).then(|| best.tag())
}

/// Tells languages that need no dictionary, by the script they are written in.
fn by_letters(words: &[String]) -> Option<&'static str> {
    domain::language_of_script(words.iter().flat_map(|word| word.chars()))
}

fn stop_list(language: Language) -> &'static str {
    match language {
        Language::English => {
            "a about above after again against all also although am among an and any are as at be because been before being \
             below between both but by can cannot could did do does doing down during each either even ever every few for from \
             further had has have having he her here hers him his how however i if in into is it its itself just let many may \
             me might more most much must my neither no nor not now of off often on once one only or other our ours out over \
             own per rather same shall she should since so some still such than that the their them then there therefore \
             these they this those though through thus to too under until up upon us use used uses using very was we were \
             what when where whether which while who whom whose why will with within without would yet you your"
        }
        Language::German => {
            "aber alle allem allen aller alles als also am an ander andere anderen auch auf aus bei beim bereits bin bis bist da \
             dabei dadurch daher damit dann das dass dasselbe dazu dein dem den denn der deren des dessen die dies diese diesem \
             diesen dieser dieses doch dort du durch ein eine einem einen einer eines einige er es etwa etwas euch für gegen \
             gibt hat hatte hatten hier hin hinter ich ihm ihn ihnen ihr ihre ihrem ihren ihrer im immer in indem ins ist ja \
             jede jedem jeden jeder jedes jedoch jetzt kann kein keine keinen können könnte man mehr mein mit muss müssen nach \
             nicht nichts noch nun nur ob oder ohne sehr sein seine seinem seinen seiner seit sich sie sind so sofern sogar \
             solche soll sollen sollte sondern sonst sowie über um und uns unser unter viel vom von vor wann war waren warum \
             was weil welche welchem welchen welcher welches wenn wer werden wie wieder will wir wird wo wurde wurden während \
             zu zum zur zwar zwischen"
        }
        Language::French => {
            "afin ainsi alors après au aucun aussi autre autres aux avant avec avoir car ce ceci cela ces cet cette ceux chaque \
             chez comme comment d'une dans de depuis des deux doit donc dont du elle elles en encore entre est et était étaient \
             être eu eux fait font il ils je jusque la le les leur leurs lors lorsque lui là mais me même mes moins mon ne ni \
             nos notre nous on ont ou où par parce pas pendant peu peut peuvent plus plusieurs pour pourquoi puis qu'il que quel \
             quelle quelles quels qui sa sans se selon sera ses si son sont sont sous soit sur ta tandis tant te tel telle tes \
             toi ton tous tout toute toutes très tu un une vers voici vos votre vous y été à ça c'est d' l' n' s' qu'"
        }
        Language::Spanish => {
            "a al algo algunas algunos ante antes así aun aunque bien cada como con contra cual cuales cuando de del desde donde \
             dos durante e el ella ellas ellos en entre era eran eres es esa esas ese eso esos esta estaba estado estamos están \
             estas este esto estos está fue fueron ha había hacia han hasta hay la las le les lo los mas me mediante mi mientras \
             mucho muchos muy más mí ni no nos nosotros nuestra nuestro o os otra otras otro otros para pero poco por porque pues \
             puede pueden que qué quien quienes se según sea ser si sido sin sino sobre son su sus sí también tan tanto te tiene \
             tienen toda todas todo todos tras tu tus un una unas uno unos usted y ya yo él"
        }
        Language::Italian => {
            "a abbiamo ad agli ai al alla alle allo anche ancora avere aveva c'è che chi ci ciascuno come con contro così cui da \
             dagli dai dal dalla dalle dallo degli dei del dell'  della delle dello deve di dopo dove due e ed era erano essere fa \
             fino fra gli ha hanno i il in infatti io la le lei li lo loro lui ma me mentre mi mia mio molto ne negli nei nel nella \
             nelle nello no noi non nostra nostro o ogni oppure ora per perché però più poi possono può prima proprio qual quale \
             quali quando quanto quella quelle quelli quello questa queste questi questo qui se sempre senza si sia solo sono sopra \
             sotto stata stati stato su sua sue sugli sui sul sulla sulle suo suoi tra tra tutti tutto un una uno viene vi voi è"
        }
        Language::Dutch => {
            "aan achter al alle als altijd ander andere anders ben bij daar dan dat de deze die dit doch doen door dus een eens en \
             er ge geen geweest haar had heb hebben heeft hem het hier hij hoe hun iemand iets ik in is ja je kan kon kunnen maar \
             me meer men met mij mijn moet moeten na naar niet niets nog nu of om omdat onder ons ook op over reeds te tegen toch \
             toen tot tussen u uit uw van veel vele voor waar wanneer waren was wat we wel welke werd worden wordt wie wij wil zal \
             ze zei zelf zich zij zijn zo zoals zonder zou zullen"
        }
        Language::Portuguese => {
            "a ao aos apenas aquela aquele as até cada com como contra da das de dela dele depois desde deve do dos e ela elas ele \
             eles em entre era eram essa essas esse esses esta estas estava este estes está estão eu foi foram há isso isto já lhe \
             mais mas me mesmo meu minha muito na nas nem no nos nossa nosso num numa não nós o os ou outra outras outro outros \
             para pela pelas pelo pelos pode podem por porque quais qual quando que quem se seja sem ser será seu seus sido sobre \
             sua suas são só também te tem tinha toda todas todo todos tu têm um uma uns você à às é"
        }
        // Marks and small letters are no content words in their scripts anyway; names in Latin letters are.
        Language::Chinese
        | Language::Japanese
        | Language::Arabic
        | Language::Hindi
        | Language::Thai
        | Language::Hebrew
        | Language::Other => "",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use domain::{DocumentKind, Section, SectionRole, Span};

    fn document(text: &str, claimed: Option<&str>) -> Document {
        Document {
            kind: DocumentKind::Text,
            title: None,
            authors: Vec::new(),
            language: claimed.map(str::to_owned),
            pages: 1,
            words: 0,
            sections: vec![Section {
                heading: None,
                number: None,
                level: 1,
                role: SectionRole::Body,
                blocks: vec![Block::Paragraph { text: text.to_owned(), span: Span::default() }],
            }],
            warnings: Vec::new(),
        }
    }

    #[test]
    fn a_language_is_heard_from_its_function_words() {
        for (tag, text) in [
            ("en", "The heart of the matter is that a language can be told from the small words which it uses."),
            ("de", "Der Kern der Sache ist, dass man eine Sprache an den kleinen Wörtern erkennt, die sie verwendet."),
            ("fr", "Le fond de la question est que l'on reconnaît une langue aux petits mots dont elle se sert dans les textes."),
            ("es", "El fondo de la cuestión es que una lengua se reconoce por las palabras pequeñas que usa en los textos."),
            ("it", "Il nocciolo della questione è che una lingua si riconosce dalle piccole parole che usa nei testi."),
            ("nl", "De kern van de zaak is dat men een taal herkent aan de kleine woorden die zij in teksten gebruikt."),
            ("pt", "O fundo da questão é que uma língua se reconhece pelas palavras pequenas que usa nos textos."),
            ("zh", "语言可以通过其使用的小词来识别这就是问题的核心"),
            ("ja", "言語は、使われている小さな言葉から見分けることができます。"),
            ("ko", "언어는 그 안에 쓰인 작은 낱말들로 알아볼 수 있습니다."),
            ("ar", "يمكن التعرّف على اللغة من الكلمات الصغيرة التي تستخدمها."),
            ("fa", "زبان را می‌توان از روی واژه‌های کوچکی که به کار می‌برد شناخت. چگونه؟ پس گفت."),
            ("ur", "زبان کو ان چھوٹے الفاظ سے پہچانا جا سکتا ہے جو اس میں ہیں۔"),
            ("he", "אפשר לזהות שפה לפי המילים הקטנות שהיא משתמשת בהן."),
            ("hi", "भाषा को उन छोटे शब्दों से पहचाना जा सकता है जो उसमें आते हैं।"),
            ("th", "ภาษาสามารถรู้ได้จากคำเล็กๆ ที่ใช้ในข้อความ"),
            ("ru", "Язык можно узнать по маленьким словам, которые в нём используются."),
        ] {
            assert_eq!(of(&document(text, None)).1, tag, "{text}");
        }
    }

    #[test]
    fn the_words_go_before_the_claim_of_the_file() {
        let german =
            "Der Kern der Sache ist, dass man eine Sprache an den kleinen Wörtern erkennt, die sie verwendet. ".repeat(6);
        assert_eq!(of(&document(&german, Some("en-US"))).1, "de");
        let english = "The heart of the matter is that this is said in the language of the claim. ".repeat(6);
        assert_eq!(of(&document(&english, Some("en-GB"))).1, "en-GB");
    }

    #[test]
    fn a_text_without_words_is_english() {
        assert_eq!(of(&document("", None)), (Language::English, "en".to_owned()));
        assert_eq!(of(&document("12 + 3", Some("../x"))).1, "en");
    }
}
