"""Models by name or from a file, who they are, and how an image becomes their input."""
