"""Audio: tracks, mixed copies, speech recognition, transcripts.

For others: `build`, `labelled`, `live`, `live_listener`, `media`, `messages`, `naming`, `peaks`, `recogniser`,
`retention`, `store`, `tracks`, `transcript`, `wav`.
"""
