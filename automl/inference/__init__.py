"""Finished models: predictions, bundles, CSV files, the background sample."""
