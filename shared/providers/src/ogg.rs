//! Reads Ogg Vorbis, in which a vendor can send 24 kHz where samples without compression stop at 16 kHz. What the encoder put before and
//! behind the sound is left out, so every word stays where it was said to be. The format:
//! <https://xiph.org/vorbis/doc/Vorbis_I_spec.html>

use crate::wav::{CHANNELS, Sound, bounded};
use domain::ports::SPEECH_RATES_HZ;
use std::io::Cursor;
use symphonia::core::codecs::audio::{AudioDecoder, AudioDecoderOptions};
use symphonia::core::formats::{FormatOptions, FormatReader, TrackType};
use symphonia::core::io::{MediaSourceStream, MediaSourceStreamOptions};
use symphonia::default::codecs::VorbisDecoder;
use symphonia::default::formats::OggReader;

/// What every file begins with.
pub(crate) const MAGIC: &[u8] = b"OggS";

/// No piece of a narration lasts longer; silence of hours takes a few kilobytes.
const LONGEST_S: usize = 15 * 60;

/// The sound in a file, its channels mixed to one; else one phrase that says what is wrong.
pub(crate) fn read(bytes: &[u8]) -> Result<Sound, &'static str> {
    let damaged = |_| "its sound is damaged";
    let stream = MediaSourceStream::new(Box::new(Cursor::new(bytes.to_vec())), MediaSourceStreamOptions::default());
    let mut file = OggReader::try_new(stream, FormatOptions::default()).map_err(|_| "it is not an Ogg file")?;
    let track = file.default_track(TrackType::Audio).ok_or("it holds no sound")?;
    let (track_id, parameters) = (track.id, track.codec_params.as_ref().and_then(|parameters| parameters.audio()));
    let parameters = parameters.ok_or("it holds no sound")?.clone();
    let sample_rate_hz = parameters.sample_rate.unwrap_or_default();
    let channels = parameters.channels.as_ref().map_or(0, |channels| channels.count());
    if !CHANNELS.contains(&channels) || !SPEECH_RATES_HZ.contains(&sample_rate_hz) {
        return Err("its number of channels or its sample rate is out of range");
    }
    let mut decoder =
        VorbisDecoder::try_new(&parameters, &AudioDecoderOptions::default()).map_err(|_| "its sound is not Vorbis")?;
    let (mut samples, mut interleaved) = (Vec::new(), Vec::<f32>::new());
    while let Some(packet) = file.next_packet().map_err(damaged)? {
        if packet.track_id != track_id {
            continue;
        }
        decoder.decode(&packet).map_err(damaged)?.copy_to_vec_interleaved(&mut interleaved);
        let mixed = interleaved.chunks_exact(channels).map(|frame| frame.iter().sum::<f32>() / channels as f32);
        samples.extend(mixed.map(bounded));
        if samples.len() > LONGEST_S * sample_rate_hz as usize {
            return Err("it lasts too long");
        }
    }
    Ok(Sound { samples, sample_rate_hz })
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;
    use fakes::trials::garble;
    use fastrand::Rng;

    /// 50 ms of silence and 150 ms of a tone of 440 Hz, 24 kHz, mono, by libvorbis.
    pub(crate) const TONE: &[u8] = include_bytes!("../samples/tone.ogg");

    #[test]
    fn sound_stands_where_it_was_before_it_was_compressed() {
        let Sound { samples, sample_rate_hz } = read(TONE).expect("it is whole");
        assert_eq!((samples.len(), sample_rate_hz), (4800, 24_000));
        let begins = samples.iter().position(|sample| sample.abs() > 0.1).expect("a tone");
        assert!(begins.abs_diff(1200) < 24, "{begins}");
        let power: f32 = samples[1200..].iter().map(|sample| sample * sample).sum::<f32>() / 3600.0;
        assert!((power - 0.125).abs() < 0.01, "{power}");
    }

    #[test]
    fn what_is_no_vorbis_is_refused() {
        assert_eq!(read(b"RIFF"), Err("it is not an Ogg file"));
        assert_eq!(read(b"OggS and then text"), Err("it is not an Ogg file"));
        assert!(read(&TONE[..40]).is_err());
    }

    #[test]
    fn damage_is_refused_or_does_no_harm() {
        for seed in 1..=500 {
            let damaged = garble(TONE.to_vec(), &mut Rng::with_seed(seed));
            if let Ok(Sound { samples, sample_rate_hz }) = read(&damaged) {
                assert!(
                    samples.iter().all(|sample| sample.abs() <= 1.0) && SPEECH_RATES_HZ.contains(&sample_rate_hz),
                    "seed {seed}"
                );
            }
        }
    }
}
