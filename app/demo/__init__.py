"""The demonstration: real SIP phones (SIPp) that play a citizen, an operator and a duty officer.

For others: `play`, `report`, `shows`, `sipp`, `speech`, `stage`.
"""
