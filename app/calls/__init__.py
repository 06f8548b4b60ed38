"""Calls as the hotline sees them: their events, the record folded from those, and where both are kept."""
