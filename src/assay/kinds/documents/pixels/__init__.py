"""Pixels: traces that editing leaves in a photographed or scanned page. Weak evidence, always with its place."""
