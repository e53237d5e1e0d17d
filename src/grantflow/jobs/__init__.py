"""Background work: the worker, its handlers and its schedule.

Jobs are deferred with ``store.jobs.enqueue`` inside the transaction that wants them done.
"""
