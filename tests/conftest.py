from __future__ import annotations

from hypothesis import settings

# How long an example takes tells of the machine, not of what is tested.
settings.register_profile("searching", deadline=None)
# The same examples each time; `make test-all` goes and looks for others.
settings.register_profile("steady", deadline=None, derandomize=True)
settings.load_profile("steady")
