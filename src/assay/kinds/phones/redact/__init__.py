"""A log or a diagnostic archive without the people in it, to be handed on. One way only: nothing here finds out whose an
identifier is, makes lists of numbers or addresses, or compares any with what a log holds."""
