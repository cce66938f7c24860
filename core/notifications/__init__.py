"""Telling others what has happened: webhooks, mail, events on the exchange."""
