//! The language of a text by the script it is written in, where that is enough to tell.

use std::ops::RangeInclusive;

/// A language, the letters that only it or its nearest relatives have, and the share of all letters they take at least.
type Script = (&'static str, &'static [RangeInclusive<char>], f64);

/// In the order in which they are asked: what has letters of its own beside those it shares comes first.
const SCRIPTS: [Script; 24] = [
    ("ja", &['\u{3041}'..='\u{30FF}'], 0.1),
    ("ko", &['\u{AC00}'..='\u{D7AF}', '\u{1100}'..='\u{11FF}'], 0.3),
    ("zh", &['\u{3400}'..='\u{9FFF}'], 0.3),
    ("th", &['\u{E00}'..='\u{E7F}'], 0.3),
    ("lo", &['\u{E80}'..='\u{EFF}'], 0.3),
    ("my", &['\u{1000}'..='\u{109F}'], 0.3),
    ("km", &['\u{1780}'..='\u{17FF}'], 0.3),
    ("ur", &['ٹ'..='ٹ', 'ڈ'..='ڈ', 'ڑ'..='ڑ', 'ں'..='ں', 'ے'..='ے', 'ھ'..='ھ'], 0.03),
    ("fa", &['پ'..='پ', 'چ'..='چ', 'ژ'..='ژ', 'گ'..='گ', 'ک'..='ک', 'ی'..='ی'], 0.03),
    ("ar", &['\u{600}'..='\u{6FF}'], 0.3),
    ("he", &['\u{590}'..='\u{5FF}'], 0.3),
    ("hi", &['\u{900}'..='\u{97F}'], 0.3),
    ("bn", &['\u{980}'..='\u{9FF}'], 0.3),
    ("pa", &['\u{A00}'..='\u{A7F}'], 0.3),
    ("gu", &['\u{A80}'..='\u{AFF}'], 0.3),
    ("or", &['\u{B00}'..='\u{B7F}'], 0.3),
    ("ta", &['\u{B80}'..='\u{BFF}'], 0.3),
    ("te", &['\u{C00}'..='\u{C7F}'], 0.3),
    ("kn", &['\u{C80}'..='\u{CFF}'], 0.3),
    ("ml", &['\u{D00}'..='\u{D7F}'], 0.3),
    ("am", &['\u{1200}'..='\u{137F}'], 0.3),
    ("ka", &['\u{10A0}'..='\u{10FF}'], 0.3),
    ("el", &['\u{370}'..='\u{3FF}'], 0.3),
    ("ru", &['\u{400}'..='\u{4FF}'], 0.3),
];

/// The BCP 47 tag of the language whose script a text is mostly written in; none for Latin script, which many languages share.
pub fn language_of_script(text: impl Iterator<Item = char>) -> Option<&'static str> {
    let letters: Vec<char> = text.filter(|c| c.is_alphabetic()).collect();
    let share = |ranges: &[RangeInclusive<char>]| {
        let own = letters.iter().filter(|letter| ranges.iter().any(|range| range.contains(*letter))).count();
        own as f64 / letters.len().max(1) as f64
    };
    let tag = SCRIPTS.into_iter().find(|(_, ranges, least)| share(ranges) >= *least).map(|(tag, ..)| tag)?;
    let count = |forms: &str| letters.iter().filter(|c| forms.contains(**c)).count();
    Some(if tag == "zh" && count(TRADITIONAL) > count(SIMPLIFIED) { "zh-Hant" } else { tag })
}

/// Frequent letters of Chinese that the two ways to write it have different forms for, in the same order.
const SIMPLIFIED: &str = "这个们来时国会学说对过发电开关与为无从后见长门问间";
const TRADITIONAL: &str = "這個們來時國會學說對過發電開關與為無從後見長門問間";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_script_tells_its_language() {
        for (text, expected) in [
            ("潮の満ち引きは月の引力によって起こる。", Some("ja")),
            ("月球的引力使海水上涨。", Some("zh")),
            ("月球的引力使海水上漲，這個現象與太陽也有關。", Some("zh-Hant")),
            ("달의 인력이 바닷물을 끌어당깁니다.", Some("ko")),
            ("جاذبية القمر ترفع مياه البحر.", Some("ar")),
            ("گرانش ماه آب دریا را بالا می‌کشد.", Some("fa")),
            ("چاند کی کشش سمندر کے پانی کو اٹھاتی ہے۔", Some("ur")),
            ("כוח המשיכה של הירח מרים את מי הים.", Some("he")),
            ("चंद्रमा का गुरुत्वाकर्षण समुद्र के जल को उठाता है।", Some("hi")),
            ("แรงดึงดูดของดวงจันทร์ทำให้น้ำทะเลสูงขึ้น", Some("th")),
            ("Вода океанов следует за Луной.", Some("ru")),
            ("The water follows the Moon.", None),
            ("12 34", None),
            ("", None),
        ] {
            assert_eq!(language_of_script(text.chars()), expected, "{text}");
        }
    }

    #[test]
    fn latin_names_in_a_text_do_not_hide_its_language() {
        assert_eq!(language_of_script("使用 PyTorch 训练 ResNet 模型需要大量显存和时间。".chars()), Some("zh"));
        assert_eq!(language_of_script("The word 月 means moon, and 海 means sea.".chars()), None);
    }
}
