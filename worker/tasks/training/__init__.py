"""A training in the parent: its search, its trials and its record, and the model that it ends with."""
