"""Is the model still right? Drift of inputs and predictions, performance with and without labels."""
