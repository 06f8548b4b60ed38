"""People who work with the hotline: who they are, how they log in, what they may do, what they looked at.

For others: `accounts`, `audit`, `caller_views`, `chain`, `login`, `model`, `rights`, `tokens`.
"""
