"""The log of requests as a predictor keeps it: noted while they are answered, written as segments, read by day."""
