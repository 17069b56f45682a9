"""Hunting: questions in SQL over findings, decisions, entities and labels.

Records are brought into Parquet files as they come (`tables`); a question runs over those in a process of its own that can
read nothing else and write nowhere (`query`, `child`). The ledger itself is never asked, and what is a token on record stays one.
"""
