"""Events that come in: what starts pipelines from outside, and the rows that it brings."""
