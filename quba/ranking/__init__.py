"""From values and weights to scores, ranks and fronts."""
