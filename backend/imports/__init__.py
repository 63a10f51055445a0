"""The published figures of 326 models as data, what is doubtful about them, and the way in for results as CSV."""
