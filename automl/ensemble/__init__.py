"""The ensemble: greedy selection, cross-validated scoring, bagging of its members."""
