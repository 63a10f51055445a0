"""The one loop over images: stages, batches, inference, steps that are kept, runs."""
