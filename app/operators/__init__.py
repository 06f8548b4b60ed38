"""Operators, queues, skills and routes: data in Postgres, with a copy on disk that the telephone lives on alone.

For others: `book`, `choose`, `roster`, `states`, `store`.
"""
