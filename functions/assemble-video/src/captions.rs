//! Captions as files.

use domain::captions::Caption;
use domain::{CaptionFormat, webvtt};
use std::fmt::Write;

/// Writes captions as a file.
pub(crate) fn write(captions: &[Caption], format: CaptionFormat) -> String {
    let mut file = String::new();
    if format == CaptionFormat::Vtt {
        file.push_str("WEBVTT\n\n");
    }
    for (number, caption) in (1..).zip(captions) {
        let (begin, end) = (stamp(caption.begin_ms, format), stamp(caption.end_ms, format));
        let text = caption.text();
        let text = if format == CaptionFormat::Vtt { webvtt::escape(&text) } else { text };
        writeln!(file, "{number}\n{begin} --> {end}\n{text}\n").expect("a string takes whatever is written");
    }
    file
}

fn stamp(ms: u64, format: CaptionFormat) -> String {
    let stamp = webvtt::stamp(ms);
    if format == CaptionFormat::Vtt { stamp } else { stamp.replace('.', ",") }
}

#[cfg(test)]
mod tests {
    use super::*;
    use domain::captions::CaptionWord;

    #[test]
    fn files_have_the_form_of_their_kind() {
        let word = |text: &str, after_blank| CaptionWord { text: text.to_owned(), after_blank, begin_ms: 0, end_ms: 1 };
        let lines = vec![vec![word("a", false), word("<", true), word("b", true)], vec![word("& c -->", false), word("d", true)]];
        let captions = [Caption { begin_ms: 3_661_005, end_ms: 3_662_000, lines }];
        assert_eq!(
            write(&captions, CaptionFormat::Vtt),
            "WEBVTT\n\n1\n01:01:01.005 --> 01:01:02.000\na &lt; b\n&amp; c --&gt; d\n\n"
        );
        assert_eq!(write(&captions, CaptionFormat::Srt), "1\n01:01:01,005 --> 01:01:02,000\na < b\n& c --> d\n\n");
    }
}
