"""`assay bench campaigns`: how many alerts become how many cases, what of an attack is still to be reached in them, and what a
finding costs; beside risk summed up by entity, on the same findings in the same run."""
