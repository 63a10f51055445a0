"""Facts of the study's models that no image is needed for: the licence of their weights, and what one image costs."""
