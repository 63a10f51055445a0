"""Measuring image classifiers on the quality dimensions."""
