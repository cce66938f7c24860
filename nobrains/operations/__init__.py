"""What the operator of a service does to it: set it up, examine it, look after dead letters, back it up, restore it."""
