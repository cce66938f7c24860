"""The gate before production: rows that are held out of a training, and challenger against champion on them."""
