"""Tables of other formats, made into CSV: Excel and its like, Parquet, JSON lines, and archives of one."""
