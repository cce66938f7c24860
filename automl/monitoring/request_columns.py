"""Names of the columns of a table of requests: what an endpoint was asked, what it answered, what was true.

| column | type | |
|---|---|---|
| `id` | string | id of the prediction |
| `at` | timestamp, ms, UTC | when it was made |
| `v` | int32 | number of the version that answered |
| `alias`, `key` | string | by which alias; the caller's own name of the row. Null where there was none |
| `x.<name>` | int64, double, bool or string | an input; string where its cells are of several kinds |
| `y` | string or double | the answer: a label, or a number |
| `p` | list of double | probabilities in the order of the version's labels; null for numbers |
| `label` | as `y` | what was true; null where nobody has said |
| `label_at` | timestamp, ms, UTC | since when that is said to be true |
"""

from __future__ import annotations

from typing import Final

ID: Final = "id"
AT: Final = "at"
VERSION: Final = "v"
ALIAS: Final = "alias"
KEY: Final = "key"
PREDICTION: Final = "y"
PROBABILITIES: Final = "p"
LABEL: Final = "label"
LABEL_AT: Final = "label_at"
INPUT_PREFIX: Final = "x."
"""Begins the name of each input's column, so that an input may have any name."""


def input_column(name: str) -> str:
    """Return the name of an input's column."""
    return INPUT_PREFIX + name
