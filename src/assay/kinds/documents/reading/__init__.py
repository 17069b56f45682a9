"""What a paper says: its text in lines and rows, amounts and dates in any locale, and whether it adds up."""
