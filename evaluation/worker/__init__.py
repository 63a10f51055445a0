"""What takes evaluations from the queue and records them: the only room here that knows the store."""
