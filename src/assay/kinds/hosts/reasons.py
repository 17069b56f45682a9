"""The reason codes of this room, in one place."""

from __future__ import annotations

RULE = "hosts.rule"
AGAIN = "hosts.rule-again"
CORRELATION = "hosts.correlation"

REASONS = (RULE, AGAIN, CORRELATION)

__all__ = ["AGAIN", "CORRELATION", "REASONS", "RULE"]
