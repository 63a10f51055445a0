"""The toy references: eight small models, trained and measured here, that a newcomer's toy is ranked among."""
