"""Links: found in a text, taken apart once (`anatomy`), and held against the names that are widely imitated."""
