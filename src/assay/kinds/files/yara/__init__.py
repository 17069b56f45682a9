"""YARA rules: kept, compiled once, and run over every file."""
