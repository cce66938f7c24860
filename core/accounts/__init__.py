"""Users, their credentials and passwords, and what administrators do with them."""
