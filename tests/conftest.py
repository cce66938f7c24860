"""Settings of hypothesis, and which tests share a process where several run (`--dist loadgroup`)."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import settings
from xdist.remote import Producer
from xdist.scheduler import LoadGroupScheduling

# How long an example takes tells of the machine, not of what is tested.
settings.register_profile("searching", deadline=None)
# The same examples each time; `make test-all` goes and looks for others.
settings.register_profile("steady", deadline=None, derandomize=True)
settings.load_profile("steady")

DEAR = {
    ("integration", "real_service"): "real",
    ("browser", "browser"): "browser",
    ("integration", "server"): "server",
    ("bad_input", "ask"): "bad_input",
}
"""(folder, fixture) -> group. Each of these fixtures starts a service: once, if all its tests share a process."""


class GroupsAndFiles(LoadGroupScheduling):
    """Give a whole group to one process, and a whole file of tests that are in none."""

    def _split_scope(self, nodeid: str) -> str:
        return super()._split_scope(nodeid).split("::", 1)[0]


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Producer) -> GroupsAndFiles | None:
    return GroupsAndFiles(config, log) if config.getvalue("dist") == "loadgroup" else None


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Mark the groups, and put them first: they take longest, so that small files fill the gaps at the end."""
    if not hasattr(config, "workerinput"):
        return
    groups = {item: group for item in items if (group := group_of(item)) is not None}
    for item, group in groups.items():
        item.add_marker(pytest.mark.xdist_group(group))
    order = [*DEAR.values()]
    items.sort(key=lambda item: order.index(groups[item]) if item in groups else len(order))


def group_of(item: pytest.Item) -> str | None:
    """The group of the first dear fixture that the test asks for, by its name or as a parameter."""
    folder = item.path.relative_to(Path(__file__).parent).parts[0]
    params = getattr(getattr(item, "callspec", None), "params", {})
    asked = {*getattr(item, "fixturenames", ()), *(each for each in params.values() if isinstance(each, str))}
    return next((group for (place, fixture), group in DEAR.items() if place == folder and fixture in asked), None)
