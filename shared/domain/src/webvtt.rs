//! The small change of WebVTT: times and text as they stand in its files (<https://www.w3.org/TR/webvtt1/>).

/// A time in milliseconds as `hh:mm:ss.ttt`.
pub fn stamp(ms: u64) -> String {
    format!("{:02}:{:02}:{:02}.{:03}", ms / 3_600_000, ms / 60_000 % 60, ms / 1000 % 60, ms % 1000)
}

/// A text without what would be a tag, an entity or an arrow.
pub fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_have_hours_and_milliseconds() {
        assert_eq!(stamp(0), "00:00:00.000");
        assert_eq!(stamp(3_725_042), "01:02:05.042");
    }

    #[test]
    fn a_text_holds_no_tags_and_no_arrows() {
        assert_eq!(escape("a <b> & --> c"), "a &lt;b&gt; &amp; --&gt; c");
    }
}
