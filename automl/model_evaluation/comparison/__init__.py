"""Models on the same labelled rows: which is better, by how much, how sure that is, and where they disagree."""
