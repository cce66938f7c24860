"""How good a model is on labelled rows that it has not been fitted on, and which of two is better."""
