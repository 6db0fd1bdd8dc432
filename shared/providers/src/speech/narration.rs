//! Speaks a narration of any length with the voice of any vendor: piece by piece, joined without a click.

use super::chunks;
use super::provider::SpeechProvider;
use super::voice::{Piece, Spoken};
use domain::ports::{PortError, Speech, SpeechClip, SpeechRequest, WordOnset};
use domain::{Capability, Charge, Meter, Phonemes};
use std::ops::Range;

const SERVICE: &str = "the voice";

/// The pause between two pieces of one narration, as between two sentences.
const PAUSE_SECONDS: f32 = 0.25;

/// Where pieces meet, sound comes and goes in this time. A step between two samples would be heard as a click.
const FADE_SECONDS: f32 = 0.005;

impl Speech for SpeechProvider {
    fn identity(&self) -> String {
        // A take is spoken by the voice of the request, which is part of its address beside this.
        format!("{} {}", self.word(), self.voice_identity())
    }

    async fn speak(&self, request: &SpeechRequest, meter: &Meter) -> Result<SpeechClip, PortError> {
        let misused = |message: String| PortError::Misused { service: SERVICE, message };
        let voice = request.voice.clone().or_else(|| self.voice_for(&request.language));
        let voice = voice.ok_or_else(|| misused(format!("`{}` has no voice for `{}`", self.word(), request.language)))?;
        let pieces = chunks::split(&request.text, self.most_characters());
        if pieces.is_empty() {
            return Err(misused("there is nothing to say".to_owned()));
        }
        let mut joined = Joined::default();
        for range in pieces {
            let text = &request.text[range.clone()];
            let around = (request.text[..range.start].trim_end(), request.text[range.end..].trim_start());
            let phonemes = phonemes_in(request, &range);
            let piece = Piece { text, phonemes, voice: &voice, language: &request.language, around };
            let spoken = self.speak_piece(&piece).await?;
            meter.note(Charge {
                capability: Capability::Speech,
                provider: self.word().to_owned(),
                model: self.model().map(str::to_owned),
                usage: spoken.usage,
                request_id: spoken.request_id.clone(),
                saved: false,
            });
            joined.add(&range, spoken)?;
        }
        Ok(SpeechClip { samples: joined.samples, sample_rate_hz: joined.sample_rate_hz, words: joined.words, voice })
    }
}

/// The words of a piece that are said by their sounds; one that was cut in two is left out.
fn phonemes_in(request: &SpeechRequest, range: &Range<usize>) -> Vec<Phonemes> {
    let inside = request.phonemes.iter().filter(|word| range.start <= word.place.start && word.place.end <= range.end);
    let shifted = |place: &Range<usize>| place.start - range.start..place.end - range.start;
    inside.map(|word| Phonemes { place: shifted(&word.place), ipa: word.ipa.clone() }).collect()
}

/// The pieces so far.
#[derive(Default)]
struct Joined {
    samples: Vec<f32>,
    sample_rate_hz: u32,
    words: Vec<WordOnset>,
}

impl Joined {
    /// Adds the piece that was made of a range of the text.
    fn add(&mut self, range: &Range<usize>, spoken: Spoken) -> Result<(), PortError> {
        let mut sound = spoken.sound?;
        let rate = sound.sample_rate_hz;
        if !self.samples.is_empty() {
            if rate != self.sample_rate_hz {
                return Err(PortError::unusable(SERVICE, "its sample rate changes between two pieces"));
            }
            let fade = (FADE_SECONDS * rate as f32) as usize;
            fade_in(self.samples.iter_mut().rev().take(fade), fade);
            fade_in(sound.samples.iter_mut().take(fade), fade);
            self.samples.extend(std::iter::repeat_n(0.0, (PAUSE_SECONDS * rate as f32) as usize));
        }
        let begins = self.samples.len() as u64;
        let offset = u32::try_from(range.start).unwrap_or(u32::MAX);
        self.words.extend(
            spoken
                .words
                .into_iter()
                .map(|word| WordOnset { text_offset: offset.saturating_add(word.text_offset), sample: begins + word.sample }),
        );
        self.sample_rate_hz = rate;
        self.samples.append(&mut sound.samples);
        Ok(())
    }
}

/// Lets sound come from silence within so many samples; backwards, it goes.
fn fade_in<'a>(samples: impl Iterator<Item = &'a mut f32>, length: usize) {
    for (at, sample) in samples.enumerate() {
        *sample *= at as f32 / length as f32;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::wav::Sound;

    fn piece(samples: Vec<f32>, words: &[(u32, u64)]) -> Spoken {
        let words = words.iter().map(|&(text_offset, sample)| WordOnset { text_offset, sample }).collect();
        Spoken { sound: Ok(Sound { samples, sample_rate_hz: 24_000 }), words, usage: domain::Usage::default(), request_id: None }
    }

    #[test]
    fn pieces_meet_in_silence_without_a_step() {
        let mut joined = Joined::default();
        joined.add(&(0..10), piece(vec![0.5; 4800], &[(0, 100)])).expect("it fits");
        joined.add(&(11..20), piece(vec![-0.5; 4800], &[(3, 200)])).expect("it fits");
        assert_eq!(joined.samples.len(), 4800 + 6000 + 4800);
        let steps = joined.samples.windows(2).map(|pair| (pair[1] - pair[0]).abs());
        assert!(steps.fold(0.0, f32::max) < 0.01);
        let words: Vec<_> = joined.words.iter().map(|word| (word.text_offset, word.sample)).collect();
        assert_eq!(words, [(0, 100), (14, 4800 + 6000 + 200)]);
    }

    #[test]
    fn one_piece_stays_as_it_is() {
        let mut joined = Joined::default();
        joined.add(&(0..10), piece(vec![0.5; 4800], &[])).expect("it fits");
        assert!(joined.samples.iter().all(|sample| *sample == 0.5));
    }

    #[test]
    fn pieces_of_two_rates_do_not_meet() {
        let mut joined = Joined::default();
        joined.add(&(0..10), piece(vec![0.5; 4800], &[])).expect("it fits");
        let other = Spoken { sound: Ok(Sound { samples: vec![0.5; 480], sample_rate_hz: 16_000 }), ..piece(vec![], &[]) };
        assert!(matches!(joined.add(&(11..20), other), Err(PortError::Unusable { .. })));
    }
}
