"""Explanations: permutation importance, partial dependence, Shapley values."""
