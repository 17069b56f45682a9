"""What is remembered of evidence to know it again: keyed traces, and vectors of faces; and what lies near one of them."""
