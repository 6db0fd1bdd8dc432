use super::*;
use proptest::prelude::*;
use proptest::test_runner::RngSeed;

const LINE: usize = 42;

/// A scene of words spoken at so many columns a second, with a pause of 0.4 s at the end of a sentence.
struct Speech {
    narration: String,
    words: Vec<SpokenWord>,
    language: &'static str,
}

impl Speech {
    fn at(pace: f64, narration: &str, language: &'static str) -> Self {
        let mut at = 250.0;
        let word = |word: &str| {
            let start = word.as_ptr() as usize - narration.as_ptr() as usize;
            let begin = at;
            at += (word.width() + 1) as f64 / pace * 1000.0;
            let end = at - 30.0;
            at += if ends_sentence(word) { 400.0 } else { 0.0 };
            SpokenWord { start: start as u32, end: (start + word.len()) as u32, begin_ms: begin as u32, end_ms: end as u32 }
        };
        let words = crate::words(narration).into_iter().map(word).collect();
        Self { narration: narration.to_owned(), words, language }
    }

    fn scene(&self) -> Spoken<'_> {
        let end = self.words.last().map_or(0, |word| word.end_ms) + 450;
        let duration = Cells((end * 3).div_ceil(1600));
        Spoken { narration: &self.narration, words: &self.words, language: self.language, duration }
    }

    fn captions(&self, line: usize) -> Vec<Caption> {
        captions(&self.scene(), line)
    }
}

fn shown(text: &str) -> Vec<Caption> {
    Speech::at(14.5, text, "en").captions(LINE)
}

fn lines_of(captions: &[Caption]) -> Vec<Vec<String>> {
    captions.iter().map(|caption| caption.texts().collect()).collect()
}

fn columns(caption: &Caption) -> usize {
    caption.texts().map(|text| text.width()).sum()
}

fn shown_ms(caption: &Caption) -> u64 {
    caption.end_ms - caption.begin_ms
}

fn is_too_fast(caption: &Caption) -> bool {
    columns(caption) as u64 * 1000 > 17 * shown_ms(caption)
}

const TIDES: &str = "The Moon pulls at the water of the oceans, and the water follows and rises below it. On the far side of \
                     the Earth, where the pull is weakest, the water is left behind: so there is a second bulge. Yes. Every \
                     coast, as the Earth turns below the two bulges, sees two high tides and two low tides a day, although \
                     the shape of a bay can double or cancel them.";

#[test]
fn captions_never_overlap_and_stay_within_their_scene() {
    for pace in [8.0, 14.5, 25.0, 60.0] {
        let speech = Speech::at(pace, TIDES, "en");
        let captions = speech.captions(LINE);
        assert!(captions.iter().all(|caption| caption.begin_ms < caption.end_ms), "{captions:#?}");
        assert!(captions.windows(2).all(|pair| pair[0].end_ms + 67 <= pair[1].begin_ms), "{captions:#?}");
        assert!(captions[0].begin_ms == 250);
        assert!(captions.last().expect("some").end_ms + 67 <= speech.scene().duration.milliseconds());
    }
}

#[test]
fn captions_have_at_most_two_lines_of_42_columns_and_leave_no_word_out() {
    let lines: Vec<String> = lines_of(&shown(TIDES)).concat();
    assert!(lines_of(&shown(TIDES)).iter().all(|lines| (1..=2).contains(&lines.len())));
    assert!(lines.iter().all(|line| line.width() <= LINE), "{lines:#?}");
    assert_eq!(lines.join(" "), TIDES.split_whitespace().collect::<Vec<_>>().join(" "));
}

#[test]
fn lines_are_as_long_as_the_shape_allows() {
    for shape in Shape::ALL {
        let line = line_length(shape);
        let captions = Speech::at(14.5, TIDES, "en").captions(line);
        let longest = captions.iter().flat_map(Caption::texts).map(|text| text.width()).max();
        assert!(longest.is_some_and(|longest| longest <= line && longest + 12 > line), "{}: {longest:?}", shape.name());
    }
}

#[test]
fn captions_break_where_a_speaker_would() {
    assert_eq!(
        lines_of(&shown(TIDES)),
        [
            vec!["The Moon pulls at the water of the oceans,", "and the water follows and rises below it."],
            vec!["On the far side of the Earth,", "where the pull is weakest,"],
            vec!["the water is left behind:", "so there is a second bulge."],
            vec!["Yes. Every coast,", "as the Earth turns below the two bulges,"],
            vec!["sees two high tides", "and two low tides a day,"],
            vec!["although the shape of a bay can double", "or cancel them."],
        ]
    );
}

#[test]
fn a_point_behind_an_abbreviation_ends_no_sentence() {
    let text = "We follow the method of Dr. Smith in the first experiment and then that of Prof. Jones in the second one.";
    for line in lines_of(&shown(text)).concat() {
        assert!(!line.ends_with("Dr.") && !line.ends_with("Prof."), "{line}");
    }
}

#[test]
fn a_number_stays_with_what_it_counts() {
    let text = "It grew by more than 25 percent within about 12 months and has cost no less than 300 dollars a week since then.";
    for line in lines_of(&Speech::at(14.0, text, "en").captions(28)).concat() {
        assert!(!line.ends_with(|c: char| c.is_ascii_digit()), "{line}");
    }
}

#[test]
fn every_language_has_its_own_small_words() {
    let cases = [
        ("de-AT", "Die Gezeiten entstehen durch den Mond, der mit seiner Anziehung an dem Wasser der Ozeane auf der Erde zieht."),
        (
            "fr",
            "Les marées viennent de la Lune qui attire avec sa force les eaux des océans sur le côté le plus proche de la Terre.",
        ),
        (
            "es",
            "Las mareas vienen de la Luna que atrae con su fuerza el agua de los océanos en el lado más cercano de la Tierra.",
        ),
        ("it", "Le maree vengono dalla Luna che attira con la sua forza le acque degli oceani sul lato più vicino della Terra."),
        ("pt", "As marés vêm da Lua que atrai com a sua força as águas dos oceanos no lado mais próximo da Terra."),
        ("nl", "De getijden komen van de maan die met haar kracht het water van de oceanen aan de kant van de aarde trekt."),
    ];
    for (language, text) in cases {
        for shape in Shape::ALL {
            for line in lines_of(&Speech::at(14.0, text, language).captions(line_length(shape))).concat() {
                let last = line.split(' ').next_back().expect("a word");
                assert!(!Language::of(language).clings(last), "{language}: {line}");
            }
        }
    }
}

#[test]
fn captions_can_be_read_as_fast_as_they_are_spoken() {
    assert!(!shown(TIDES).iter().any(is_too_fast));
}

#[test]
fn full_width_signs_count_as_two_and_lines_break_between_them() {
    let text = "月は海の水を引き寄せ、水はそれに従って月の下で盛り上がります。地球の反対側では引力が最も弱く、水は取り残されるため、\
                二つ目のふくらみができます。";
    let speech = Speech::at(8.0, text, "ja");
    for shape in Shape::ALL {
        let captions = speech.captions(line_length(shape));
        assert_eq!(broken_rule(&captions, line_length(shape), 60_000), None);
        let lines = lines_of(&captions).concat();
        assert_eq!(lines.concat(), text);
        assert!(lines.iter().all(|line| !line.starts_with(['、', '。', 'っ'])), "{lines:#?}");
        assert!(captions.len() > 1 && captions.windows(2).all(|pair| pair[0].end_ms + 67 <= pair[1].begin_ms));
    }
}

#[test]
fn scripts_without_blanks_get_none_and_break_between_words() {
    for (language, text) in [
        (
            "zh",
            "月球吸引海水，海水随之上涨。地球的另一侧引力最弱，海水被留在后面，因此形成第二个隆起。每个海岸每天都会看到两次涨潮。",
        ),
        ("th", "ดวงจันทร์ดึงดูดน้ำทะเลให้สูงขึ้น อีกด้านหนึ่งของโลกแรงดึงดูดอ่อนที่สุด น้ำจึงสูงขึ้นเช่นกัน"),
        ("ja", "月の引力が海水を引き寄せ、水はそれに従って月の下で盛り上がります。地球の反対側では引力が最も弱くなります。"),
    ] {
        let words = crate::words(text);
        for shape in Shape::ALL {
            let captions = Speech::at(9.0, text, language).captions(line_length(shape));
            assert_eq!(broken_rule(&captions, line_length(shape), 60_000), None, "{language}");
            let shown: Vec<&str> =
                captions.iter().flat_map(|caption| caption.lines.iter().flatten()).map(|word| word.text.as_str()).collect();
            assert_eq!(shown, words, "{language}: no word is cut");
            for caption in captions.iter().flat_map(Caption::texts) {
                assert!(text.contains(&caption), "{language}: blanks stand where they stand in the text: {caption}");
            }
        }
    }
}

#[test]
fn sentences_and_clauses_end_with_the_marks_of_their_script() {
    for (language, text, expected) in [
        ("ar", "يجذب القمر مياه المحيطات إليه، فتتبعه المياه وترتفع تحته. وفي الجهة الأخرى تبقى المياه؟", "إليه،"),
        ("hi", "चाँद समुद्र के पानी को अपनी ओर खींचता है। पानी उसके पीछे चलता है और उसके नीचे उठ जाता है।", "है।"),
    ] {
        let lines = lines_of(&Speech::at(12.0, text, language).captions(LINE)).concat();
        assert!(lines[0].ends_with(expected), "{language}: {lines:?}");
    }
}

#[test]
fn a_word_longer_than_a_line_is_cut() {
    let long = "x".repeat(100);
    let lines = lines_of(&shown(&format!("See {long} there."))).concat();
    assert!(lines.iter().all(|line| line.width() <= LINE), "{lines:?}");
    assert_eq!(lines.concat().matches('x').count(), 100);
}

#[test]
fn a_word_that_is_held_for_long_does_not_keep_its_caption() {
    let word = |start, begin_ms, end_ms| SpokenWord { start, end: start + 3, begin_ms, end_ms };
    let words = [word(0, 250, 9000), word(4, 12_000, 12_400), word(8, 25_000, 25_300)];
    let scene = Spoken { narration: "One two six", words: &words, language: "en", duration: Cells(60) };
    let captions = captions(&scene, LINE);
    assert_eq!(lines_of(&captions), [["One"], ["two"], ["six"]]);
    assert!(captions.iter().all(|caption| shown_ms(caption) <= 7000), "{captions:?}");
}

#[test]
fn words_know_when_they_are_heard() {
    let captions: Vec<Caption> = shown(TIDES).into_iter().map(|caption| caption.later_by(10_000)).collect();
    let speech = Speech::at(14.5, TIDES, "en");
    let words: Vec<&CaptionWord> = captions.iter().flat_map(|caption| caption.lines.iter().flatten()).collect();
    assert_eq!(words.len(), speech.words.len());
    for (word, spoken) in words.iter().zip(&speech.words) {
        assert_eq!(word.text, TIDES[spoken.start as usize..spoken.end as usize]);
        assert_eq!((word.begin_ms, word.end_ms), (u64::from(spoken.begin_ms) + 10_000, u64::from(spoken.end_ms) + 10_000));
    }
    for caption in &captions {
        let within = caption.begin_ms..=caption.end_ms;
        assert!(caption.lines.iter().flatten().all(|word| within.contains(&word.begin_ms)), "{caption:?}");
    }
}

#[test]
fn a_broken_rule_is_named() {
    let word = |text: &&str| CaptionWord { text: (*text).to_owned(), after_blank: false, begin_ms: 0, end_ms: 1 };
    let caption = |begin_ms, end_ms, lines: &[&str]| Caption {
        begin_ms,
        end_ms,
        lines: lines.iter().map(|line| vec![word(line)]).collect(),
    };
    let (long, wide) = ("x".repeat(43), "水".repeat(22));
    for (captions, expected) in [
        (vec![caption(0, 10, &["a"]), caption(10, 20, &["b", "c"])], None),
        (vec![caption(0, 10, &[])], Some("0 lines")),
        (vec![caption(0, 10, &["a", "b", "c"])], Some("3 lines")),
        (vec![caption(0, 10, &[&long])], Some("43 columns")),
        (vec![caption(0, 10, &[&wide])], Some("44 columns")),
        (vec![caption(0, 10, &["a"]), caption(9, 20, &["b"])], Some("caption 2 stands from 9")),
        (vec![caption(5, 5, &["a"])], Some("from 5 to 5")),
        (vec![caption(0, 101, &["a"])], Some("to 101")),
    ] {
        let found = broken_rule(&captions, LINE, 100);
        assert_eq!(found.is_some(), expected.is_some(), "{found:?}");
        assert!(found.unwrap_or_default().contains(expected.unwrap_or_default()));
    }
}

#[test]
fn no_words_make_no_captions() {
    assert_eq!(shown(""), Vec::new());
}

#[test]
fn words_that_lie_outside_the_text_are_left_out() {
    let stray = [SpokenWord { start: 90, end: 95, begin_ms: 0, end_ms: 1 }];
    let scene = Spoken { narration: "short", words: &stray, language: "en", duration: Cells(2) };
    assert_eq!(captions(&scene, LINE), Vec::new());
}

/// Whether words can be cut so that every caption is shown for `least_ms` and none is too fast: every way is tried, by itself.
fn can_be_cut(speech: &Speech, line: usize, least_ms: u64) -> bool {
    let text = |word: &SpokenWord| &speech.narration[word.start as usize..word.end as usize];
    let width = |words: &[SpokenWord]| words.iter().map(|word| text(word).width() + 1).sum::<usize>() - 1;
    let (words, end) = (&speech.words, speech.scene().duration.milliseconds());
    let is_good = |from: usize, until: usize| {
        let inside = &words[from..until];
        let fits =
            width(inside) <= line || (1..inside.len()).any(|at| width(&inside[..at]) <= line && width(&inside[at..]) <= line);
        let begin = u64::from(inside[0].begin_ms);
        let latest = words.get(until).map_or(end, |next| u64::from(next.begin_ms)).saturating_sub(67).min(begin + 7000);
        let spoken = u64::from(inside[inside.len() - 1].end_ms) - begin;
        let shown = latest.saturating_sub(begin);
        fits && shown >= least_ms && (inside.len() == 1 || spoken <= 7000) && width(inside) as u64 * 1000 <= 17 * shown
    };
    let mut reachable = vec![true];
    for until in 1..=words.len() {
        let is_reachable = (until.saturating_sub(84)..until).any(|from| reachable[from] && is_good(from, until));
        reachable.push(is_reachable);
    }
    reachable[words.len()]
}

/// Sentences as people say them: articles, prepositions and clauses in their places.
fn sentence() -> impl Strategy<Value = String> {
    let noun = || {
        let nouns =
            ["moon", "water", "far side of the ocean", "gravitational attraction", "tide", "result", "second bulge", "coast"];
        (prop::sample::select(vec!["the", "a", "every", "this"]), prop::sample::select(nouns.to_vec()))
            .prop_map(|(article, noun)| format!("{article} {noun}"))
    };
    let place = (prop::sample::select(vec!["in", "of", "with", "between", "on", "during"]), noun())
        .prop_map(|(preposition, noun)| format!("{preposition} {noun}"));
    let verb = prop::sample::select(vec!["follows", "pulls at", "is stronger than", "depends on", "carries", "has shown"]);
    let link = prop::sample::select(vec![", and ", ", because ", ". ", "; ", " while "]);
    let clause = (noun(), prop::option::of(place.clone()), verb, noun(), prop::option::of(place)).prop_map(
        |(who, where_, does, what, when)| {
            [Some(who), where_, Some(does.to_owned()), Some(what), when].into_iter().flatten().collect::<Vec<_>>().join(" ")
        },
    );
    (clause.clone(), prop::collection::vec((link, clause), 0..6)).prop_map(|(first, others)| {
        let others: String = others.into_iter().map(|(link, clause)| format!("{link}{clause}")).collect();
        format!("{first}{others}.")
    })
}

/// What no line of an English text ends with.
const NEVER_LAST: [&str; 10] = ["the", "a", "every", "this", "in", "of", "with", "between", "on", "and"];

fn lines_for_shapes() -> impl Strategy<Value = usize> {
    prop::sample::select(Shape::ALL.map(line_length).to_vec())
}

fn config() -> ProptestConfig {
    ProptestConfig { cases: 200, rng_seed: RngSeed::Fixed(42), failure_persistence: None, ..ProptestConfig::default() }
}

proptest! {
    #![proptest_config(config())]

    /// Words of any length, in any script, spoken at any pace, with any pauses.
    #[test]
    fn no_speech_breaks_the_rules(
        spoken in prop::collection::vec(("[a-zäß漢字。🎓,.]{1,60}", 0_u32..900, 0_u32..600), 1..30),
        line in lines_for_shapes(),
    ) {
        let (mut narration, mut words, mut at) = (String::new(), Vec::new(), 250);
        for (word, lasts, pause) in &spoken {
            let start = narration.len() as u32;
            narration.push_str(word);
            words.push(SpokenWord { start, end: narration.len() as u32, begin_ms: at, end_ms: at + lasts });
            narration.push(' ');
            at += lasts + pause;
        }
        let speech = Speech { narration, words, language: "en" };
        let captions = speech.captions(line);
        prop_assert_eq!(broken_rule(&captions, line, speech.scene().duration.milliseconds()), None);
        let shown: String = lines_of(&captions).concat().concat();
        prop_assert_eq!(shown.replace(' ', ""), speech.narration.replace(' ', ""));
        for caption in &captions {
            prop_assert!(shown_ms(caption) <= 7000, "{:?}", caption);
        }
        for pair in captions.windows(2) {
            let gap = pair[1].begin_ms - pair[0].end_ms;
            prop_assert!(gap >= 67 || shown_ms(&pair[0]) == 1, "{:?}", pair);
            let stands_as_long_as_it_can = gap <= 67 || shown_ms(&pair[0]) == 7000;
            prop_assert!(!is_too_fast(&pair[0]) && shown_ms(&pair[0]) >= 1000 || stands_as_long_as_it_can, "{:?}", pair);
        }
    }

    /// Where the speech leaves any way to cut it into captions that can be read, such a way is taken.
    #[test]
    fn captions_are_too_fast_or_too_short_only_where_the_speech_is(
        spoken in prop::collection::vec(("[a-z]{1,14}[,.]{0,1}", 30_u32..90, 0_u32..300), 1..40),
        line in lines_for_shapes(),
    ) {
        let (mut narration, mut words, mut at) = (String::new(), Vec::new(), 250);
        for (word, a_letter, pause) in &spoken {
            let (start, lasts) = (narration.len() as u32, a_letter * word.len() as u32);
            narration.push_str(word);
            words.push(SpokenWord { start, end: narration.len() as u32, begin_ms: at, end_ms: at + lasts });
            narration.push(' ');
            at += lasts + 20 + pause / 8;
        }
        let speech = Speech { narration, words, language: "en" };
        let captions = speech.captions(line);
        let (fast, short) = (captions.iter().any(is_too_fast), captions.iter().any(|caption| shown_ms(caption) < 1000));
        if can_be_cut(&speech, line, 1000) {
            prop_assert!(!fast && !short, "{:#?}", captions);
        } else if can_be_cut(&speech, line, 0) {
            prop_assert!(!fast, "{:#?}", captions);
        }
    }

    /// What people say at the pace at which they say it is never broken behind an article or a preposition, and can always be read.
    #[test]
    fn captions_are_broken_by_sense(text in sentence(), pace in 9.0_f64..15.0, line in lines_for_shapes()) {
        let captions = Speech::at(pace, &text, "en").captions(line);
        for lines in lines_of(&captions) {
            for line in lines {
                let last = line.split(' ').next_back().unwrap_or_default();
                prop_assert!(!NEVER_LAST.contains(&last), "`{}` of {:#?}", line, lines_of(&captions));
            }
        }
        prop_assert!(!captions.iter().any(is_too_fast), "{:#?}", captions);
    }
}
