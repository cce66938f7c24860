"""What is measured of models, in the parent: evaluations, comparisons, windows of an endpoint's requests."""
