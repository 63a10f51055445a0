"""The types of what the interface answers, one module for each tag of its routes; see `make answers`."""
