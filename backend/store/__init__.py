"""Where results are kept: tables, the one way to a session, and one file of queries per subject."""
