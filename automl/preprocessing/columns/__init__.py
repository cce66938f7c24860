"""How the cells of a column are read: facts, types, number and date formats, in the light of the whole table."""
