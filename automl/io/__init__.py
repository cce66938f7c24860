"""From a CSV file to a data frame of text."""
