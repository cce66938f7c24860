"""What a user insists on about how the cells of a column are read."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, fields

from automl.errors import SpecError
from automl.parsing.clock import HOURS, MINUTES
from automl.parsing.units import TIME, TIME_OF_MINUTES
from vocabulary import COLUMN_TYPES, DATE_ORDERS, DECIMAL_SIGNS, MAX_UNIT_CHARACTERS


@dataclass(frozen=True)
class ColumnOptions:
    """How one column is to be read; what is None is inferred.

    Attributes:
        type: one of `vocabulary.COLUMN_TYPES`.
        decimal_sign: of its numbers, "." or ",".
        date_order: of dates such as 3/4/2024, one of `vocabulary.DATE_ORDERS`.
        unit: that its cells may carry, such as "kg"; "m:ss" or "h:mm" for clocks.
    """

    type: str | None = None
    decimal_sign: str | None = None
    date_order: str | None = None
    unit: str | None = None

    @property
    def number_unit(self) -> str | None:
        """The unit as `numbers.parse_number` takes it."""
        if self.unit is None:
            return None
        return {MINUTES: TIME_OF_MINUTES, HOURS: TIME}.get(self.unit, self.unit if self.unit == TIME else _plain(self))


def _plain(options: ColumnOptions) -> str:
    return (options.unit or "").strip().lower()


NO_OPTIONS = ColumnOptions()


def merge_column_options(
    types: Mapping[str, str] | None, options: Mapping[str, ColumnOptions] | None
) -> dict[str, ColumnOptions]:
    """Return the options by column; `types` is their short form, and an option's own type goes before it."""
    merged = {name: ColumnOptions(type=type_) for name, type_ in (types or {}).items()}
    for name, each in (options or {}).items():
        known = merged.get(name, NO_OPTIONS)
        merged[name] = ColumnOptions(each.type or known.type, each.decimal_sign, each.date_order, each.unit)
    return merged


def check_column_options(options: Mapping[str, ColumnOptions], columns: Collection[str]) -> None:
    """Raise SpecError UNKNOWN_COLUMN, UNKNOWN_TYPE, UNKNOWN_DECIMAL_SIGN, UNKNOWN_DATE_ORDER or UNKNOWN_UNIT."""
    allowed = {"type": COLUMN_TYPES, "decimal_sign": DECIMAL_SIGNS, "date_order": DATE_ORDERS}
    for name, each in options.items():
        if name not in columns:
            raise SpecError("UNKNOWN_COLUMN", f"The table has no column {name!r}.", "Check the spelling.", column=name)
        for field in fields(ColumnOptions):
            value = getattr(each, field.name)
            known = allowed.get(field.name)
            if value is None or (known is None and 0 < len(value.strip()) <= MAX_UNIT_CHARACTERS):
                continue
            if known is None or value not in known:
                words = field.name.replace("_", " ")
                choices = ", ".join(known) if known else f"a unit of at most {MAX_UNIT_CHARACTERS} characters, as kg"
                raise SpecError(
                    f"UNKNOWN_{field.name.upper()}",
                    f"Column {name!r} cannot be of {words} {value!r}.",
                    f"Choose one of {choices}." if known else f"Give {choices}.",
                    column=name,
                )
