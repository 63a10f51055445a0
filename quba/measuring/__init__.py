"""From what a model answered to the value of a dimension and how sure it is."""
