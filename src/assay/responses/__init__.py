"""What a decision or a finding sets in motion outside: block lists, a TAXII server's collections, signed webhooks, and a stream
of findings for other tools.

Nothing happens that an operator has not asked for in one file (`document`). Every list can be looked at before it is written,
is written whole or not at all, is on record, and can be taken back to the bit; nothing that is sent is lost or sent out of
order. See `docs/responses.md`.
"""
