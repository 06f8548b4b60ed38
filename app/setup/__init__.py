"""Finds, fetches and checks what the hotline needs from the machine: containers, images, speech model.

For others: `cache`, `containers`, `diagnosis`, `download`, `facts`, `images`, `models`, `process`, `progress`,
`telephony`.
"""
