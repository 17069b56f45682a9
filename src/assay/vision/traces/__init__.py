"""Traces that editing leaves in a photographed or scanned picture: compression, noise, resampling, copies. Weak evidence, always
with its place; fitted on genuine pictures of a channel where it shall say more than that a matter is open."""
