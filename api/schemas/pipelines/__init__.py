"""Bodies and answers of pipelines and their runs."""
