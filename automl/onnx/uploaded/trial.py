"""Trying a file out: on made-up rows, alone and together, and on rows that its user gives."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from itertools import islice
from typing import Any

import numpy as np
import numpy.typing as npt

from automl.errors import DataError, ModelFileError
from automl.onnx.uploaded.cells import to_tensor
from automl.onnx.uploaded.labels import choose_labels
from automl.onnx.uploaded.model import UploadedModel
from automl.onnx.uploaded.options import UploadOptions
from automl.onnx.uploaded.outputs import AnswerOutputs
from automl.onnx.uploaded.signature import Signature, TensorInput
from automl.onnx.uploaded.trial_rows import trial_tensors

FEW_ROWS = 7
MAX_BLOCK_S = 10.0
MAX_CLASSES = 10_000
TOLERANCE = 1e-4
MAX_BLOCKS = 6
Feed = Mapping[str, npt.NDArray[Any]]


@dataclass(frozen=True)
class Findings:
    """What the trial has shown.

    Attributes:
        row: the tensors of one row that the model answers.
        ms_per_row: of a full block.
        warnings: in words.
    """

    row: Feed
    ms_per_row: float
    warnings: list[str] = field(default_factory=list)


class Trial:
    """Runs of one file.

    Args:
        session: of onnxruntime.
        inputs: of the graph.
        answer: the outputs that answer.
        block_rows: rows that it may be given at once.
        vocabularies: lists of words that it knows.
    """

    def __init__(
        self,
        session: Any,
        inputs: tuple[TensorInput, ...],
        answer: AnswerOutputs,
        block_rows: int,
        vocabularies: Sequence[Sequence[str]],
    ) -> None:
        self._session = session
        self._inputs = inputs
        self._answer = answer
        self._block_rows = block_rows
        self._vocabularies = vocabularies
        self._failure: DataError | None = None
        self._few = self._rows_that_run()

    def signature(self, said: UploadOptions, labels: list[Any]) -> tuple[Signature, list[str]]:
        """Return how the file is used, and what had to be assumed.

        Args:
            said: of the file.
            labels: that the graph itself gives.
        """
        answer = self._answer
        target = said.target or "prediction"
        assumed = [] if said.target else ["What it predicts is called 'prediction': say `target`."]
        signature = Signature(
            "regression", target, self._inputs, answer.name, answer.form, label_output=answer.label_output,
            block_rows=self._block_rows,
        )  # fmt: skip
        if not answer.is_classifier:
            return signature, assumed
        output, named = self._outputs_of_some()
        k = len(output[0]) if answer.form == "maps" else _width(output)
        is_single = k == 1 and answer.form == "tensor" and said.task != "multiclass"
        k = 2 if is_single else k
        if k > MAX_CLASSES:
            raise ModelFileError("MODEL_TOO_LARGE", f"It has {k:,} classes.", f"At most {MAX_CLASSES:,} are served.")
        if k < 2 or (said.task is not None and (said.task == "binary") != (k == 2)):
            raise ModelFileError(
                "MODEL_SIGNATURE", f"Its output {answer.name!r} has {k} classes; the task is {said.task or 'unknown'}.",
                "Say the `task`, or the `probability_output`.",
            )  # fmt: skip
        found, why = choose_labels(said, labels, output, named, k)
        task = "binary" if k == 2 else "multiclass"
        multipliers = said.multipliers if len(said.multipliers) == k else ()
        return replace(signature, task=task, labels=tuple(found), multipliers=multipliers), [*assumed, *why]

    def run(self, model: UploadedModel, background: Mapping[str, list[Any]]) -> Findings:
        """Have the model predict, and check what it says.

        Raises:
            ModelFileError: `MODEL_TOO_SLOW`, `MODEL_ANSWER_INVALID`.
            DataError: `MODEL_FAILED`, `MODEL_ANSWER_INVALID`, `INPUT_NOT_USABLE`.
        """
        feed, warnings = self._rows_with_answers(model, background)
        together = model.predict_tensors(feed, FEW_ROWS)
        alone = np.concatenate([model.predict_tensors(_row(feed, i), 1) for i in range(FEW_ROWS)])
        scale = max(1.0, float(np.abs(together).max(initial=0.0)))
        if np.abs(together - alone).max(initial=0.0) > TOLERANCE * scale:
            raise ModelFileError(
                "MODEL_ANSWER_INVALID", "Its answer for a row depends on the other rows of the same request.",
                "Export it so that each row is predicted for itself.",
            )  # fmt: skip
        seconds = self._full_block(model)
        warnings += self._disagreement(model, feed)
        return Findings(_row(feed, 0), 1000 * seconds / model.signature.block_rows, warnings)

    def _rows_with_answers(self, model: UploadedModel, background: Mapping[str, list[Any]]) -> tuple[Feed, list[str]]:
        """Return rows that the model answers: those of the background, else made-up ones; and what there is to say."""
        if background:
            model.predict_raw(background)
            columns = {name: [cells[i % len(cells)] for i in range(FEW_ROWS)] for name, cells in background.items()}
            return {given.name: to_tensor(given, columns, FEW_ROWS) for given in self._inputs}, []
        good: list[Feed] = []
        failure: DataError | None = None
        for feed in self._few:
            try:
                model.predict_tensors(feed, FEW_ROWS)
                good.append(feed)
            except DataError as error:
                failure = failure or error
        if not good:
            assert failure is not None
            raise failure
        if failure is None:
            return good[0], []
        return good[0], [f"Some made-up rows have no answer. {failure.detail} Rows of requests may have none either."]

    def _full_block(self, model: UploadedModel) -> float:
        """Return the seconds that a block takes at most; other rows take no more memory than this."""
        slowest, size = 0.0, model.signature.block_rows
        for feed in islice(trial_tensors(self._inputs, size, self._vocabularies), MAX_BLOCKS):
            began = time.perf_counter()
            with suppress(DataError):  # Whether there is an answer was seen before.
                model.predict_tensors(feed, size)
            slowest = max(slowest, time.perf_counter() - began)
            if slowest > MAX_BLOCK_S:
                raise ModelFileError(
                    "MODEL_TOO_SLOW", f"It takes {slowest:.1f} s for {size} rows.",
                    f"At most {MAX_BLOCK_S:.0f} s are allowed: make the model smaller.",
                )  # fmt: skip
        return slowest

    def _disagreement(self, model: UploadedModel, feed: Feed) -> list[str]:
        """Return a warning where the graph's own label is another than the one that is predicted."""
        name = self._answer.label_output
        if name is None or model.task == "regression":
            return []
        [label] = self._run([name], feed)
        own = [str(each) for each in np.asarray(label).ravel().tolist()]
        predicted = [str(each) for each in model.to_prediction(model.predict_tensors(feed, FEW_ROWS)).tolist()]
        if own == predicted:
            return []
        return [f"Its own output {name!r} is not always the most probable class, which is predicted here."]

    def _rows_that_run(self) -> list[Feed]:
        """Return those of the made-up rows that the graph can compute."""
        found: list[Feed] = []
        outputs = list(filter(None, (self._answer.name, self._answer.label_output)))
        for feed in trial_tensors(self._inputs, FEW_ROWS, self._vocabularies):
            try:
                self._run(outputs, feed)
                found.append(feed)
            except DataError as error:
                self._failure = self._failure or error
        if not found:
            assert self._failure is not None
            raise ModelFileError(
                "MODEL_FAILED", f"No made-up row could be predicted. {self._failure.detail}",
                "Export it with encoders that take unknown labels (handle_unknown='ignore').",
            )  # fmt: skip
        return found

    def _outputs_of_some(self) -> tuple[Any, Any]:
        """Return the answers, and the labels if there are any, of all the made-up rows together."""
        names = list(filter(None, (self._answer.name, self._answer.label_output)))
        runs = [self._run(names, feed) for feed in self._few]
        first = runs[0][0]
        if self._answer.form == "maps":
            output: Any = [row for run in runs for row in run[0]]
            if not output or not all(isinstance(row, dict) and row for row in output):
                raise ModelFileError("MODEL_SIGNATURE", "Its probabilities are no maps of labels.", "Export it again.")
        else:
            if np.ndim(first) not in (1, 2):
                raise ModelFileError(
                    "MODEL_SIGNATURE", f"Its output {names[0]!r} has {np.ndim(first)} dimensions.",
                    "Export it with probabilities of shape (rows, classes).",
                )  # fmt: skip
            output = np.concatenate([np.asarray(run[0]) for run in runs])
        return output, np.concatenate([np.ravel(run[1]) for run in runs]) if len(names) > 1 else None

    def _run(self, names: list[str], feed: Feed) -> list[Any]:
        """Return the outputs, row by row where the graph takes one row at a time."""
        model = UploadedModel(self._session, Signature("regression", "", self._inputs, names[0]), {})
        if self._block_rows > 1:
            return model.run(names, feed)
        runs = [model.run(names, _row(feed, i)) for i in range(FEW_ROWS)]
        return [
            [row for run in runs for row in run[i]]
            if isinstance(runs[0][i], list)
            else np.concatenate([run[i] for run in runs])
            for i in range(len(names))
        ]


def _row(feed: Feed, i: int) -> dict[str, npt.NDArray[Any]]:
    return {name: tensor[i : i + 1] for name, tensor in feed.items()}


def _width(output: Any) -> int:
    return int(output.shape[1]) if np.ndim(output) == 2 else 1
