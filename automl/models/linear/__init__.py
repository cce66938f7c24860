"""Linear models: ridge, logistic, and both over TF-IDF."""
