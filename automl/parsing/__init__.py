"""From one cell to a number, a date, a quantity or a label."""
