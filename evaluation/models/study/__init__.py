"""The study's models by name: whose weights are released, where they lie, and what architecture they belong to."""
