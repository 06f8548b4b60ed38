"""Background work: jobs enqueued inside the caller's transaction and done by workers, on pgqueuer.

For others: `recording`, `service`.
"""
