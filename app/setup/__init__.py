"""Finds, fetches and checks what the hotline needs from the machine: containers, images, speech model."""
