"""Everything Asterisk: the AMI session, live calls, conferences.

For others: `agi`, `arrangement`, `calls`, `changes`, `errands`, `errors`, `events`, `framing`, `model`, `moves`,
`observed`, `operators`, `reading`, `resync`, `routes`, `session`, `verbs`.
"""
