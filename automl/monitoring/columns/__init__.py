"""One column: its cells as they are read, two samples of them compared, and what is told of them."""
