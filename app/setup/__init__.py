"""Finds, fetches and checks what the hotline needs from the machine: containers, images, speech model.

For others: `backup`, `cache`, `containers`, `diagnosis`, `download`, `dump`, `facts`, `images`, `models`, `process`,
`progress`, `telephony`.
"""
