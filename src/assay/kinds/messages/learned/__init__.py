"""What the messages room learns: how lures are worded (`texts`) and how their links are built (`links`)."""
