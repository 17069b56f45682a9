"""Reuse: the same page, picture, portrait, number or template in different hands."""
