"""Time, memory and events of the main jobs, beside the textbook model of the same rules."""
