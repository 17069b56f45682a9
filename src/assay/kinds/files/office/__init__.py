"""Office files: what in them runs, fetches or breaks something, whatever the format they are kept in."""
