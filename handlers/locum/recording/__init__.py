"""What is written to a served dataset, recorded so that no end of the process loses it."""
