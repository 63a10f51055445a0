"""One file per widget group; each owns its session keys and is drawn with one call."""
