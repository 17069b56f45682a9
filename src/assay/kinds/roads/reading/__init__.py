"""Outside formats to road messages: tables, VeReMi's JSON, and what radios send, each told by its content."""
