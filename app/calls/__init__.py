"""Calls as the hotline sees them: their events, the record folded from those, and where both are kept.

For others: `actor`, `dialled`, `dialling`, `events`, `history`, `hub`, `identity`, `lease`, `live_text`, `node`,
`outgoing`, `progress`, `reconcile`, `record`, `ringing`, `search`, `seats`, `store`, `writer`.
"""
