"""The web page over HTTP: its shell, and the files that it is made of."""
