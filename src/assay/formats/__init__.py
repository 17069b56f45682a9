"""Bounded, pure parsers of outside byte formats that more than one room needs."""
