"""What a user corrects about columns: their types, and how their cells are read."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from core.domain.records import Dataset

Options = dict[str, dict[str, str]]


@dataclass(frozen=True)
class ColumnCorrections:
    """The corrections of a dataset's columns, by column.

    Attributes:
        types: what they hold.
        options: decimal_sign, date_order and unit, as far as they are set.
    """

    types: dict[str, str]
    options: Options

    @classmethod
    def of(cls, dataset: Dataset, changes: Mapping[str, Any], *, keep: bool) -> ColumnCorrections:
        """Return the dataset's corrections with those of a request.

        Args:
            dataset: with the corrections made before.
            changes: `{types?: {column: type}, columns?: {column: {type?, decimal_sign?, date_order?, unit?}}}`; null
                takes a correction back.
            keep: whether those made before still hold.
        """
        types = {**(dataset.types if keep else {}), **changes.get("types", {})}
        options = {name: dict(each) for name, each in dataset.column_options.items()} if keep else {}
        for name, wanted in changes.get("columns", {}).items():
            for field, value in wanted.items():
                place, key = (types, name) if field == "type" else (options.setdefault(name, {}), field)
                if value is None:
                    place.pop(key, None)
                else:
                    place[key] = value
        return cls(types, {name: each for name, each in options.items() if each})

    def fields(self) -> dict[str, str]:
        """Return the columns that are corrected, each with the member of the request that does it."""
        return {**{name: f"columns.{name}" for name in self.options}, **{name: f"types.{name}" for name in self.types}}
