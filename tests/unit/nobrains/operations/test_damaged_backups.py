"""A restore refuses a backup that is damaged or cut short, and leaves nothing."""

from __future__ import annotations

import io
import json
import tarfile
from collections.abc import Callable
from pathlib import Path

import pytest

from core.errors import NoBrainsError
from core.service import Service
from core.settings import Settings
from nobrains.operations.backup import write_backup
from nobrains.operations.restore import read_backup


def change(file: Path, alter: Callable[[dict[str, bytes]], None]) -> Path:
    """The archive with other members."""
    with tarfile.open(file) as archive:
        members = {member.name: archive.extractfile(member).read() for member in archive}  # type: ignore[union-attr]
    alter(members)
    changed = file.with_name("changed.tar")
    with tarfile.open(changed, "w") as archive:
        for name, data in members.items():
            info = tarfile.TarInfo(name)
            info.size = len(data)
            archive.addfile(info, io.BytesIO(data))
    return changed


def drop_blob(members: dict[str, bytes]) -> None:
    del members[next(name for name in members if name.startswith("blobs/"))]


def damage_blob(members: dict[str, bytes]) -> None:
    name = next(name for name in members if name.startswith("blobs/"))
    members[name] = b"X" + members[name][1:]


def damage_tables(members: dict[str, bytes]) -> None:
    members["tables.db"] = members["tables.db"][:-1] + b"X"


def another_format(members: dict[str, bytes]) -> None:
    members["about.json"] = json.dumps({**json.loads(members["about.json"]), "format": 99}).encode()


def lead_outside(members: dict[str, bytes]) -> None:
    members["../outside"] = b"x"


def leave_tables_out(members: dict[str, bytes]) -> None:
    del members["tables.db"]


def leave_about_out(members: dict[str, bytes]) -> None:
    del members["about.json"]


@pytest.mark.parametrize(
    ("alter", "said"),
    [
        (drop_blob, "missing"),
        (damage_blob, "differs"),
        (damage_tables, "tables differ"),
        (another_format, "format 99"),
        (lead_outside, "outside"),
        (leave_tables_out, "no tables"),
        (leave_about_out, "not a backup"),
    ],
)
def test_a_damaged_backup_is_refused_and_leaves_nothing(
    service: Service, settings: Settings, tmp_path: Path, alter: Callable[[dict[str, bytes]], None], said: str
) -> None:
    write_backup(settings, tmp_path / "backup.tar")
    changed = change(tmp_path / "backup.tar", alter)
    before = set(tmp_path.iterdir())
    with pytest.raises(NoBrainsError, match=said):
        read_backup(Settings({}, data=str(tmp_path / "other")), changed)
    assert set(tmp_path.iterdir()) == before


def test_one_that_is_cut_short_is_refused(service: Service, settings: Settings, tmp_path: Path) -> None:
    file = tmp_path / "backup.tar"
    write_backup(settings, file)
    whole = file.read_bytes()
    for length in (0, 100, 2000, len(whole) // 2):
        file.write_bytes(whole[:length])
        with pytest.raises(NoBrainsError):
            read_backup(Settings({}, data=str(tmp_path / "other")), file)
        assert not (tmp_path / "other").exists()
