"""Postgres: the pool, the named queries, the migrations, and the embedded server used when no DSN is set.

For others: `cluster`, `embedded`, `jobs`, `migrate`, `pool`.
"""
