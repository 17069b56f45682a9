"""Harmless files made by code, each with one trick in it or, beside it, the honest neighbour without: what the bench and the tests
look at. No byte of a real sample is in them; addresses are those that RFC 2606 and RFC 5737 keep for examples, and words that
scanners look for are put together when they are made.
"""

from assay.kinds.files.samples.sample import Sample, everything

__all__ = ["Sample", "everything"]
