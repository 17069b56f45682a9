"""E-mail and its HTML, taken apart within bounds: parts, header fields, addresses, what a page shows and where it leads."""
