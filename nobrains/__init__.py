"""The program: wire settings -> back ends -> api and worker; the `nobrains` command."""
