"""The service: results store, REST interface, and what they share. It never imports torch, evaluation or dashboard."""
