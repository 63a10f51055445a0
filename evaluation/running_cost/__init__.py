"""What a model costs to run on the device at hand: the time of a forward pass, and the memory that it needs."""
