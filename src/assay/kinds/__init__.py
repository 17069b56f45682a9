"""The rooms: one folder a kind of evidence, each found by entry point and imported by nobody by name."""
