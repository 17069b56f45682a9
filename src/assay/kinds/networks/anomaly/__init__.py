"""Attacks that nobody has described: what is normal is learned from normal alone, and each row is told how rare it would be."""
