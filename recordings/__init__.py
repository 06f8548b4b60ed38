"""Audio: tracks, mixed copies, speech recognition, transcripts."""
