"""Speaks Mandarin and English prompts with Kokoro-82M; needed only to make prompts anew, not to run the hotline.

For others: `assets`, `build`, `kokoro`.
"""
