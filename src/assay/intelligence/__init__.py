"""Threat intelligence: known addresses, domains, links, digests and fingerprints, from whoever publishes them, with source,
confidence and term. Rooms look up what they saw; nothing is ever asked of anybody outside."""

from assay.intelligence.indicator import KINDS, Indicator
from assay.intelligence.store import Hit, Intelligence, folder_of

__all__ = ["KINDS", "Hit", "Indicator", "Intelligence", "folder_of"]
