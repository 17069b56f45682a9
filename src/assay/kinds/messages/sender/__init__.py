"""Senders: what the receiving server found of an e-mail's origin, and what the names and addresses claim."""
