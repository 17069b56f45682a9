"""What a PDF's own bytes tell of its history: revisions, signatures, layers, fonts, dates. No picture is judged here."""
