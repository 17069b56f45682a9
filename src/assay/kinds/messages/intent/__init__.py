"""What a message wants of its reader: words of ten languages by what they are about, and rules over them."""
