"""The program: wires settings -> back ends -> api and worker, and is the `nobrains` command."""
