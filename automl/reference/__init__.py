"""What a model has been fitted on, kept for comparison: rows with their out-of-fold output, digests of all rows."""
