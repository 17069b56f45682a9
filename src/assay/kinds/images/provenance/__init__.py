"""Provenance: what a picture's file says of its own making, and where it contradicts itself. Exact about what is there."""
