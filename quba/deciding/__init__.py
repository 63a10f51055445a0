"""What a ranking bears: why, how sure, what if, and which groups differ."""
