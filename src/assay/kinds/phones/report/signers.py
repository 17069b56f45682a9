"""Keys that sign reports, and the record of whom to believe: the shared ones, by the name this room calls them."""

from assay.formats.signers import Signer, Time, cards, create, revoke, rotate, signing_key, trust

__all__ = ["Signer", "Time", "cards", "create", "revoke", "rotate", "signing_key", "trust"]
