"""A backup as its maker wrote it: where its bytes lie, how they are locked, and what its manifest lists."""
