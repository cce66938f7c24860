"""Tables to measure an engine on: folders of train.csv, test.csv and meta.json (`{"target", "task"}`).

Each is cut once, 75 to 25, so that every engine sees the same rows.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import pandas as pd
from sklearn.model_selection import train_test_split

TEST_SHARE = 0.25


@dataclass(frozen=True)
class Table:
    """One table of a folder.

    Attributes:
        folder: of train.csv, test.csv and meta.json; its name is the table's.
        target: the column to predict.
        task: binary, multiclass or regression.
    """

    folder: Path
    target: str
    task: str

    @property
    def name(self) -> str:
        return self.folder.name

    def train(self) -> pd.DataFrame:
        return pd.read_csv(self.folder / "train.csv")

    def test(self) -> pd.DataFrame:
        return pd.read_csv(self.folder / "test.csv")


def read_table(folder: Path) -> Table:
    """Return the table in that folder."""
    meta = json.loads((folder / "meta.json").read_text())
    return Table(folder, meta["target"], meta["task"])


def find_tables(data: Path, names: Iterable[str] = ()) -> list[Table]:
    """Return the tables in a folder of folders, by name; some of them, if names are given.

    Raises:
        SystemExit: a name that is not there, or none at all.
    """
    found = {path.parent.name: path.parent for path in sorted(data.glob("*/meta.json"))}
    wanted = list(names) or list(found)
    missing = [name for name in wanted if name not in found]
    if missing or not wanted:
        raise SystemExit(f"{data} holds no table {', '.join(missing)}; it holds: {', '.join(found) or 'none'}.")
    return [read_table(found[name]) for name in wanted]


def write_table(folder: Path, frame: pd.DataFrame, target: str, task: str, source: str) -> Table:
    """Cut a table and write its folder; classes stand in both parts in the same shares."""
    classes = None if task == "regression" else frame[target]
    train, test = train_test_split(frame, test_size=TEST_SHARE, random_state=0, stratify=classes)
    folder.mkdir(parents=True, exist_ok=True)
    train.to_csv(folder / "train.csv", index=False)
    test.to_csv(folder / "test.csv", index=False)
    # Last, for this file makes the folder a table.
    (folder / "meta.json").write_text(json.dumps({"target": target, "task": task, "source": source}) + "\n")
    return Table(folder, target, task)
