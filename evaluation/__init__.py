"""Measuring image classifiers on the nine dimensions."""
