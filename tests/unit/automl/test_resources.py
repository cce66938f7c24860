from __future__ import annotations

import os
from pathlib import Path

import psutil
import pytest

from automl import resources
from automl.resources import Memory


@pytest.fixture
def groups(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A tree of control groups to be filled; the process is told with `join`."""
    monkeypatch.setattr(resources, "CGROUPS", tmp_path / "cgroup")
    monkeypatch.setattr(resources, "MEMBERSHIP", tmp_path / "membership")
    monkeypatch.setattr(os, "sched_getaffinity", lambda pid: set(range(8)), raising=False)
    return tmp_path


def join(groups: Path, membership: str, **files: str) -> None:
    """Write the membership and the files, whose names have `__` for `/` and `_dot_` for `.`."""
    (groups / "membership").write_text(membership)
    for name, text in files.items():
        path = groups / "cgroup" / name.replace("__", "/").replace("_dot_", ".")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text + "\n")


def test_outside_of_groups_the_machine_counts(groups: Path) -> None:
    assert resources.memory_limit_bytes() == psutil.virtual_memory().total
    assert resources.usable_cpus() == 8


def test_version_2_limits_hold(groups: Path) -> None:
    join(groups, "0::/pod/box\n", pod__box__memory_dot_max="1048576", pod__box__cpu_dot_max="250000 100000")
    assert resources.memory_limit_bytes() == 1048576
    assert resources.usable_cpus() == 2


def test_the_least_limit_on_the_way_out_holds(groups: Path) -> None:
    join(groups, "0::/pod/box\n", pod__box__memory_dot_max="2000000", pod__memory_dot_max="1000000")
    assert resources.memory_limit_bytes() == 1_000_000


def test_a_container_that_is_told_the_hosts_path_finds_its_limits_at_the_root(groups: Path) -> None:
    join(groups, "0::/host/only\n", memory_dot_max="3000000", cpu_dot_max="100000 100000")
    assert resources.memory_limit_bytes() == 3_000_000
    assert resources.usable_cpus() == 1


def test_version_1_limits_hold(groups: Path) -> None:
    join(
        groups,
        "4:memory:/box\n2:cpu,cpuacct:/box\n",
        memory__box__memory_dot_limit_in_bytes="4000000",
        cpu__box__cpu_dot_cfs_quota_us="50000",
        cpu__box__cpu_dot_cfs_period_us="100000",
    )
    assert resources.memory_limit_bytes() == 4_000_000
    assert resources.usable_cpus() == 1


@pytest.mark.parametrize(
    ("membership", "files"),
    [
        ("0::/\n", {"memory_dot_max": "max", "cpu_dot_max": "max 100000"}),
        ("2:cpu:/\n", {"cpu__cpu_dot_cfs_quota_us": "-1", "cpu__cpu_dot_cfs_period_us": "100000"}),
        ("4:memory:/\n", {"memory__memory_dot_limit_in_bytes": "9223372036854771712"}),
    ],
)
def test_no_limit_is_the_machines(groups: Path, membership: str, files: dict[str, str]) -> None:
    join(groups, membership, **files)
    assert resources.memory_limit_bytes() == psutil.virtual_memory().total
    assert resources.usable_cpus() == 8


def test_a_limit_below_what_is_in_use_is_short() -> None:
    assert Memory(1).is_short()
    assert not Memory(1).fits(0)


def test_without_a_limit_the_machine_decides() -> None:
    found = Memory(None)
    assert not found.is_short()
    assert found.limit_bytes <= psutil.virtual_memory().total


def test_a_containers_limit_holds_whatever_is_asked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(resources, "memory_limit_bytes", lambda: 1000)
    assert Memory(None).limit_bytes == Memory(10**15).limit_bytes == 1000
    assert Memory(10).limit_bytes == 10


def test_what_fits_is_counted_on_top_of_what_is_in_use() -> None:
    found = Memory(None)
    assert found.fits(1_000_000)
    assert not found.fits(found.limit_bytes)
