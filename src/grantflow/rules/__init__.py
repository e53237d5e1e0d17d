"""Law and money as pure functions over rule profiles; results explain themselves."""
