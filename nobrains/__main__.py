"""`python -m nobrains`."""

from nobrains.main import main

main()
