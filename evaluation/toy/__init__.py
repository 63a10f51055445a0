"""The toy benchmark: images drawn from four independent cues, and a small model trained on them."""
