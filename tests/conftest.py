from __future__ import annotations

import pytest
from hypothesis import settings
from xdist.scheduler.loadscope import LoadScopeScheduling

# How long an example takes tells of the machine, not of what is tested.
settings.register_profile("searching", deadline=None)
# The same examples each time; `make test-all` goes and looks for others.
settings.register_profile("steady", deadline=None, derandomize=True)
settings.load_profile("steady")

TOGETHER = ("tests/browser/", "tests/integration/")
"""Folders whose tests share a service, a browser or a broker that takes long to start, and costs while it runs."""


class SharedServices(LoadScopeScheduling):  # type: ignore[misc]
    """Give each process whole files, and all files that share a service to one, so that it is started once."""

    def _split_scope(self, nodeid: str) -> str:
        file = nodeid.split("::", 1)[0]
        return next((folder for folder in TOGETHER if file.startswith(folder)), file)


def pytest_xdist_make_scheduler(config: pytest.Config, log: object) -> SharedServices:
    return SharedServices(config, log)
