"""Outside formats of bus logs, one module each, to FRAME arrays: text lines, delimited tables, Vector BLF, ASAM MDF 4."""
