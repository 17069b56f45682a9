"""Scripts, macros and shortcuts: what they say once their disguises are undone. Nothing is ever run."""
