"""Entry point of `python -m nobrains`."""

from nobrains.main import main

main()
