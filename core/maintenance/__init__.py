"""What keeps the store tidy: the sweeper, retention, cascading deletion, dead letters."""
