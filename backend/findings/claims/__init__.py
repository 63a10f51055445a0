"""One file per claim; a file that defines `CLAIM` is found and tested."""
