"""Asterisk configuration: templates and the renderer that fills them."""
