"""The cleaning as a graph: columns as the caller gives them in, features out.

One input a column, (n, 1). Numbers are float (double where float32 would not tell them apart), NaN where missing.
Categories and truth values are text as in the table without the blanks around it, "" where missing; of other spellings
than the table's only small letters and capitals are known. Dates are double, seconds since 1970 in
UTC. What has no such form, as a part of a name found by a pattern, is an input of its own that the caller fills in,
named as the feature is. Free text cannot be expressed.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from automl.onnx.calendar import DAY_S, calendar
from automl.onnx.graph_builder import Graph, UnsupportedInOnnx
from automl.onnx.inputs import FeatureValues
from automl.parsing.labels import FALSE_WORDS, LABEL_MISSING_WORDS, TRUE_WORDS, codes_by_key
from automl.parsing.readings import Reading, cell_reader
from automl.parsing.scalars import MISSING_WORDS
from automl.parsing.vectorized import ColumnLike, map_unique
from automl.preprocessing.features import MISSING
from automl.preprocessing.preprocessor import Preprocessor
from automl.preprocessing.transformers.basic import (
    PERIODS,
    BooleanTransformer,
    CategoricalTransformer,
    DatetimeTransformer,
    NumericTransformer,
    Transformer,
)
from automl.preprocessing.transformers.strings import OrdinalRange, StringLength, SubstringCategory, TrailingNumber

FLOAT32_MAX = float(np.finfo(np.float32).max)
DTYPES = {"float": np.float32, "double": np.float64, "string": np.object_}
_NUMERIC_READERS: dict[type, tuple[str, ...]] = {
    TrailingNumber: ("trailing_number",),
    StringLength: ("characters", "words"),
    OrdinalRange: ("position",),
}
"""How each numeric feature of a transformer is read out of a cell, where no graph can do it."""


@dataclass(frozen=True)
class Input:
    """What the caller gives.

    Attributes:
        name: of the input.
        type: float, double or string.
        column: of the table, that it is made of.
        meaning: what to give, in words.
        reading: how that is read out of the column's cells; see `automl.parsing.readings`.
    """

    name: str
    type: str
    column: str
    meaning: str
    reading: Reading

    def tensor(self, table: Mapping[str, ColumnLike], n_rows: int) -> npt.NDArray[Any]:
        """Return a tensor (n_rows, 1) of a table of raw cells; an absent column is missing."""
        cells = table.get(self.column, [None] * n_rows)
        missing, dtype = ("", np.object_) if self.type == "string" else (np.nan, np.float64)
        values = map_unique(cells, cell_reader(self.reading), missing, dtype)
        return values.astype(DTYPES[self.type]).reshape(n_rows, 1)


class PreprocessingGraph:
    """The steps of a plan added to a graph, one after the other.

    Attributes:
        inputs: that the graph has now.
        values: of the features.
    """

    def __init__(self, graph: Graph, plan: Preprocessor, reserved: Iterable[str]) -> None:
        """Raise UnsupportedInOnnx for free text."""
        self.inputs: list[Input] = []
        self._graph = graph
        self._taken = set(reserved)
        self._text_inputs: dict[str, str] = {}
        self._labels = {step.column: step for step in plan.transformers if isinstance(step, CategoricalTransformer)}
        numeric: list[str] = []
        codes: list[str] = []
        for step in plan.transformers:
            if step.text_names:
                raise UnsupportedInOnnx(f"free text, column {step.column!r}")
            made, coded = self._step(step)
            numeric += [self._finite(value) for value in made]
            codes += coded
        self.values = FeatureValues(
            graph.columns(numeric) if numeric else None,
            graph.columns(codes) if codes else None,
            len(numeric),
            tuple(len(step.categories) for step in plan.transformers if step.categorical_names),
        )

    def _step(self, step: Transformer) -> tuple[list[str], list[str]]:
        """Return float values (n, 1) of the step's numeric columns, and of its category codes."""
        graph = self._graph
        if isinstance(step, NumericTransformer):
            return [self._number(step)], []
        if isinstance(step, BooleanTransformer):
            words = {variant: word in TRUE_WORDS for word in TRUE_WORDS | FALSE_WORDS for variant in _variants(word)}
            return [self._look_up(self._text(step.column), words, np.nan)], []
        if isinstance(step, DatetimeTransformer):
            return self._date(step), []
        if isinstance(step, CategoricalTransformer):
            text = self._text(step.column)
            code_of = _code_of_spelling(step)
            codes = self._look_up(text, code_of, len(step.labels))
            if not step.counts:
                return [], [codes]
            often = {key: np.nan if code == MISSING else step.counts[code] for key, code in code_of.items()}
            return [self._look_up(text, often, 1.0)], [codes]
        if isinstance(step, OrdinalRange) and step.column in self._labels:
            cells = list(_code_of_spelling(self._labels[step.column]))
            places = dict(zip(cells, step.values(cells).tolist(), strict=True))
            return [self._look_up(self._text(step.column), places, np.nan)], []
        if isinstance(step, SubstringCategory):
            name = step.categorical_names[0]
            reading = {"as": "substring", "pattern": step.pattern}
            given = self._input(name, "string", step.column, f"{step.pattern} of the cell", reading)
            known = {each: code for code, each in enumerate(step.labels)}
            return [], [self._look_up(given, {**known, "": MISSING}, len(step.labels))]
        if step.categorical_names:
            raise UnsupportedInOnnx(f"the feature {step.categorical_names[0]!r}")
        readers = _NUMERIC_READERS.get(type(step))
        if readers is None:
            raise UnsupportedInOnnx(f"the feature {step.numeric_names[0]!r}")
        meaning = f"{step.kind.replace('_', ' ')} of the cell"
        return [
            graph.cast(self._input(name, "float", step.column, meaning, {"as": reader}), "float")
            for name, reader in zip(step.numeric_names, readers, strict=True)
        ], []

    def _number(self, step: NumericTransformer) -> str:
        graph, column, meaning = self._graph, step.column, "a number, NaN where missing"
        reading = {"as": "number", "decimal": step.decimal, "unit": step.unit}
        if not step.offset:
            return self._input(column, "float", column, meaning, reading)
        given = self._input(column, "double", column, meaning, reading)
        return graph.cast(graph.node("Sub", given, graph.constant(step.offset, np.float64)), "float")

    def _date(self, step: DatetimeTransformer) -> list[str]:
        graph, column = self._graph, step.column
        meaning = "seconds since 1970 in UTC, NaN where missing"
        given = self._input(column, "double", column, meaning, {"as": "date", "order": step.order})
        parts = calendar(graph, given)
        since = graph.node("Sub", given, graph.constant(step.reference_s, np.float64))
        parts["days"] = graph.node("Div", since, graph.constant(DAY_S, np.float64))
        made = []
        for part in step.parts:
            made.append(graph.cast(parts[part], "float"))
            if part in PERIODS:
                made += self._cycle(parts[part], PERIODS[part])
        return made

    def _cycle(self, part: str, period: int) -> list[str]:
        """Look sine and cosine (float) up, since trees may split at the very values that NumPy gives."""
        graph = self._graph
        gone = graph.node("IsNaN", part)
        position = graph.cast(graph.node("Where", gone, graph.constant(0.0, np.float64), part), "int64")
        angles = np.arange(period + 1) * (2 * np.pi / period)
        return [
            graph.node("Where", gone, graph.constant(np.nan), graph.node("Gather", graph.constant(wave), position))
            for wave in (np.sin(angles), np.cos(angles))
        ]

    def _text(self, column: str) -> str:
        """Return the text input of a column, the same for all its steps."""
        if column not in self._text_inputs:
            meaning = 'the text of the cell without blanks around it, "" where missing'
            self._text_inputs[column] = self._input(column, "string", column, meaning, {"as": "label"})
        return self._text_inputs[column]

    def _input(self, name: str, type_: str, column: str, meaning: str, reading: Reading) -> str:
        # Every name that ONNX cannot have, or that is taken, gets a number.
        unique, number = name or "column", 1
        while unique in self._taken or unique.startswith("/"):
            number += 1
            unique = f"{name.lstrip('/') or 'column'} #{number}"
        self._taken.add(unique)
        self.inputs.append(Input(unique, type_, column, meaning, reading))
        return self._graph.input(unique, type_)

    def _look_up(self, text: str, values: Mapping[str, float], otherwise: float) -> str:
        return self._graph.ml_node(
            "LabelEncoder",
            text,
            keys_strings=list(values),
            values_floats=[float(value) for value in values.values()],
            default_float=float(otherwise),
        )

    def _finite(self, value: str) -> str:
        """Make overflows float32's largest number, as in `concatenate_features`; but infinities given are missing."""
        graph = self._graph
        clipped = graph.node("Clip", value, graph.constant(-FLOAT32_MAX), graph.constant(FLOAT32_MAX))
        return graph.node("Where", graph.node("IsNaN", value), graph.constant(np.nan), clipped)


def _variants(word: str) -> set[str]:
    return {word, word.upper(), word.capitalize()}


def _code_of_spelling(step: CategoricalTransformer) -> dict[str, int]:
    """Return the code of each way to write a label of a column, and of the words that stand for "no value"."""
    known = codes_by_key(step.labels, numeric=step.numeric)
    codes = {"": MISSING, **{text: code for code, text in enumerate(step.labels)}}
    for text in (*step.labels, *step.spellings, *known):
        code = known.get(step.key(text) or "")
        if code is not None:
            for variant in (*_cases(text), *([f"{text}.0"] if text.lstrip("-").isdigit() else [])):
                codes.setdefault(variant, code)
    for word in MISSING_WORDS if step.numeric else LABEL_MISSING_WORDS:
        for variant in (*_cases(word), *_MIXED_CASE.get(word, ())):
            codes.setdefault(variant, MISSING)
    return codes


_MIXED_CASE = {"nan": ("NaN",), "nat": ("NaT",)}


def _cases(text: str) -> tuple[str, ...]:
    """Return a text in the ways that it is mostly written, in its own Unicode form and the composed one."""
    forms = (text, unicodedata.normalize("NFC", text))
    return tuple(each for form in forms for each in (form, form.lower(), form.upper(), form.capitalize(), form.title()))
