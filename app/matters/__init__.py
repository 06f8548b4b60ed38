"""What a request is and how its time runs: the terms that regulations, units and tickets have in common. Pure.

For others: `clock`, `model`, `statutory`.
"""
