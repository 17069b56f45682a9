"""Assay tells the genuine from the counterfeit."""

__version__ = "0.1.0"
