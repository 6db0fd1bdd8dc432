"""What is measured beside us: `with_moviepy.py OUT.mp4 PICTURE SPEECH [PICTURE SPEECH]...`, in MoviePy's own environment."""

import sys

from moviepy import AudioFileClip, ImageClip, concatenate_videoclips

output, *parts = sys.argv[1:]
clips = []
for picture, speech in zip(parts[::2], parts[1::2]):
    sound = AudioFileClip(speech)
    clips.append(ImageClip(picture).with_duration(sound.duration).with_audio(sound))
whole = concatenate_videoclips(clips)
whole.write_videofile(output, fps=30, codec="libx264", audio_codec="aac", threads=2, logger=None)
