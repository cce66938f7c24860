"""Records, users, states and ids: what the rows hold."""
