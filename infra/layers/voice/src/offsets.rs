//! From positions in characters, as espeak-ng counts, to positions in bytes.

/// The byte offset of every character of a text.
pub(crate) struct Offsets(Vec<usize>);

/// Finds the byte offset of every character of a text.
pub(crate) fn byte_offsets(text: &str) -> Offsets {
    Offsets(text.char_indices().map(|(byte, _)| byte).chain([text.len()]).collect())
}

impl Offsets {
    /// The byte offset of a character, counted from 0; the end of the text for any character behind it.
    pub(crate) fn byte(&self, character: usize) -> usize {
        self.0[character.min(self.0.len() - 1)]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn characters_of_several_bytes_count_once() {
        let offsets = byte_offsets("né 中x");
        assert_eq!([0, 1, 2, 3, 4, 5, 99].map(|n| offsets.byte(n)), [0, 1, 3, 4, 7, 8, 8]);
    }
}
