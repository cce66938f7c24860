"""What whoever takes messages from outside has in common: the loop, and dead letters."""
