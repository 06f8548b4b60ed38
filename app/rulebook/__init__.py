"""The regulations at work: scenarios that try them, and the page that documents them.

For others: `docs`, `scenario`.
"""
