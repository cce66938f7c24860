from __future__ import annotations

from hypothesis import settings

# How long an example takes tells of the machine, not of what is tested.
settings.register_profile("untimed", deadline=None)
settings.load_profile("untimed")
