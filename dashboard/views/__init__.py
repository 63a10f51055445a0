"""One file per page; each arranges components and holds no logic of its own. A new file here becomes a page."""
