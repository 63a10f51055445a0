"""The decision record: one page about a view, as data and as HTML and Markdown written from the data."""
