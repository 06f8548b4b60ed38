"""Telling other ticket systems of changes: signed, retried, in order per ticket.

For others: `delivery`, `outbox`, `reach`.
"""
