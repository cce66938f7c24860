"""Evaluations of models on labelled datasets, and comparisons of several on the same rows."""
