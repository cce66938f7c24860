"""CSV files: how they are written, their rows with line numbers, their columns' names, and what can be wrong."""
