"""The multilayer perceptron and its training."""
