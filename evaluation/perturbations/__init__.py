"""What is done to an image on purpose: attacks that know the model, and corruptions that do not."""
