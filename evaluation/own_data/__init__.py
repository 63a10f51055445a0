"""Benchmarks of one's own: from a folder of images to what is registered of it and measured on it."""
