"""Phones that nobody owns, written as real ones are and read by the same readers: lives, upheavals and compromises, as backups,
sysdiagnose archives, bug reports and androidqf folders. A made-up life proves how the parts work, never how often a real phone would
be told wrongly."""

from assay.kinds.phones.simulate.backup import write
from assay.kinds.phones.simulate.life import life
from assay.kinds.phones.simulate.phone import Phone

__all__ = ["Phone", "life", "write"]
