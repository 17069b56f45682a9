"""Names that a machine made up: what malware asks for until one of them answers (T1568.002)."""
