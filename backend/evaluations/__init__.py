"""Evaluations from a checkpoint to a provisional rank: uploads, checks, submissions, the queue."""
