"""A made-up town whose vehicles say where they are, and the liars among them: `assay simulate roads`."""
