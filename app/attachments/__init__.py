"""Files attached to tickets: known by their content, cleaned, scanned, stored.

For others: `content`, `images`, `scan`, `store`.
"""
