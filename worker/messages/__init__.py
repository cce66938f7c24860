"""The messages between a worker and its child process: frozen dataclasses, one line of JSON each."""
