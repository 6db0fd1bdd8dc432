//! The small words of languages: which belong to the next one, and with which a new thought begins.

/// The words of a language, each list in lower case between blanks.
pub(super) struct Language {
    /// Articles, prepositions, and other words that belong to the next one.
    clings: &'static str,
    /// With these a clause begins.
    clauses: &'static str,
    /// With these a phrase begins that can stand on a line of its own.
    phrases: &'static str,
}

impl Language {
    /// The words of the language of a BCP 47 tag; none where we know none.
    pub(super) fn of(tag: &str) -> &'static Self {
        let primary = tag.split(['-', '_']).next().unwrap_or_default().to_ascii_lowercase();
        LANGUAGES.iter().find(|(name, _)| *name == primary).map_or(&UNKNOWN, |(_, language)| language)
    }

    pub(super) fn clings(&self, word: &str) -> bool {
        contains(self.clings, word)
    }

    pub(super) fn begins_clause(&self, word: &str) -> bool {
        contains(self.clauses, word)
    }

    pub(super) fn begins_phrase(&self, word: &str) -> bool {
        contains(self.phrases, word)
    }
}

fn contains(list: &str, word: &str) -> bool {
    let word = word.trim_start_matches(['(', '[', '"', '“', '„', '«', '¿', '¡']).to_lowercase();
    !word.is_empty() && list.split(' ').any(|listed| listed == word)
}

static UNKNOWN: Language = Language { clings: "", clauses: "", phrases: "" };

static LANGUAGES: [(&str, Language); 7] =
    [("en", ENGLISH), ("de", GERMAN), ("fr", FRENCH), ("es", SPANISH), ("it", ITALIAN), ("pt", PORTUGUESE), ("nl", DUTCH)];

const ENGLISH: Language = Language {
    clings: "a an the this that these those its their our your my his her of to in on at by for with from into onto about \
             through between under over after before during without within against as and or but nor is are was were be been \
             has have had will would can could may might must not no very more less each every some any all both dr. mr. mrs. \
             ms. prof. st. fig. no. e.g. i.e. vs.",
    clauses: "and but or so because which who when while where if although that than then since unless until whereas",
    phrases: "of in on at by for with from to into onto through between under over as about after before during without within \
              against",
};

const GERMAN: Language = Language {
    clings: "der die das den dem des ein eine einen einem einer eines kein keine keinen dieser diese dieses diesen diesem sein \
             seine ihr ihre unser unsere mein meine von zu zum zur in im an am auf bei mit für aus nach über unter vor durch \
             zwischen gegen ohne um als und oder aber ist sind war waren wird werden hat haben kann nicht sehr mehr jede jeder \
             jedes alle dr. prof. nr. abb. z.b. bzw.",
    clauses: "und aber oder weil dass wenn während obwohl damit denn sondern wobei sodass ob bevor nachdem",
    phrases: "von zu zum zur in im an am auf bei mit für aus nach über unter vor durch zwischen gegen ohne um als",
};

const FRENCH: Language = Language {
    clings: "le la les un une des du de d' l' au aux ce cet cette ces son sa ses leur leurs notre nos votre vos mon ma mes à en \
             dans sur sous par pour avec sans entre vers chez contre et ou mais est sont était a ont ne pas très plus chaque m. \
             mme",
    clauses: "et mais ou car parce que qui quand lorsque si comme puisque donc où dont",
    phrases: "de du des à au aux en dans sur sous par pour avec sans entre vers chez contre",
};

const SPANISH: Language = Language {
    clings: "el la los las un una unos unas lo del al de a en con por para sin sobre entre hacia desde hasta contra su sus mi mis \
             tu nuestro nuestra este esta estos estas ese esa y e o u pero es son era fue ha han no muy más cada sr. sra.",
    clauses: "y pero o porque que quien cuando mientras donde si aunque como pues",
    phrases: "de del a al en con por para sin sobre entre hacia desde hasta contra",
};

const ITALIAN: Language = Language {
    clings: "il lo la i gli le un uno una di a da in con su per tra fra del dello della dei degli delle al allo alla ai agli alle \
             dal dalla nel nella nei nelle sul sulla questo questa suo sua suoi loro e o ma è sono era ha hanno non molto più ogni \
             sig. dott.",
    clauses: "e ma o perché che chi quando mentre dove se sebbene come poiché",
    phrases: "di a da in con su per tra fra del della dei delle al alla dal dalla nel nella sul sulla",
};

const PORTUGUESE: Language = Language {
    clings: "o a os as um uma uns umas de do da dos das em no na nos nas ao à aos às por pelo pela para com sem sobre entre até \
             contra seu sua seus suas este esta esse essa e ou mas é são era foi há não muito mais cada sr. sra.",
    clauses: "e mas ou porque que quem quando enquanto onde se embora como pois",
    phrases: "de do da dos das em no na nos nas por pelo pela para com sem sobre entre até contra",
};

const DUTCH: Language = Language {
    clings: "de het een dit dat deze die zijn haar hun ons onze mijn van te in op aan bij met voor uit naar over onder door tussen \
             tegen zonder om als en of maar is was waren wordt worden heeft hebben kan niet zeer meer elke elk dr. prof.",
    clauses: "en maar of omdat dat die wanneer terwijl waar als hoewel want dus zodat",
    phrases: "van te in op aan bij met voor uit naar over onder door tussen tegen zonder om als",
};
