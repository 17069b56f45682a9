"""Durable records: an append-only, hash-chained log of what was decided, with the indexes to ask it questions.

`base` says what a ledger is; `sqlite` is the one that needs nothing else installed. See `docs/ledger.md`.
"""
