"""Getting data sets onto the disk and finding out what is there."""
