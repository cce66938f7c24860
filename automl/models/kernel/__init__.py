"""Kernel machines over a Nystroem map."""
