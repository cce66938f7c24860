"""`python -m nobrains`."""

from nobrains.program import main

main()
