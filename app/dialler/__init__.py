"""Calling out: which of the calls that are wanted is made now, and why others wait.

For others: `permitted`, `plan`, `rules`, `store`.
"""
