"""A view is one question to the store: weights, normalisation, quality and filters, and the ranking that answers it."""
