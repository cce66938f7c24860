"""The search: trials, folds, the portfolio, the tuner over Optuna, the library of fitted models."""
