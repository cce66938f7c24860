"""How good a model is on new rows: estimated without labels, and realised where there are some."""
