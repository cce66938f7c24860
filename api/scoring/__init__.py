"""Predictions of endpoints by message: rows come off a queue, and answers go to another, beside HTTP."""
