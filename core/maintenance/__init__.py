"""Upkeep of the store: the sweeper, retention, cascading deletion, dead letters."""
