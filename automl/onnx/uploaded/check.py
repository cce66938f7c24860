"""Whether a file from elsewhere can be served, and how: looked through, loaded, tried on rows that are made up.

It computes what strangers wrote. Call it in a process of its own, with limits of memory and time, and no network.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any, TypeVar

from automl.errors import AutoMLError, DataError, ModelFileError
from automl.onnx.session import open_session
from automl.onnx.uploaded.labels import known_labels
from automl.onnx.uploaded.model import UploadedModel, words_of
from automl.onnx.uploaded.options import UploadOptions, with_metadata
from automl.onnx.uploaded.outputs import choose_outputs
from automl.onnx.uploaded.signature import read_inputs
from automl.onnx.uploaded.structure import check_structure, known_texts
from automl.onnx.uploaded.summary import summarize
from automl.onnx.uploaded.trial import Trial

T = TypeVar("T")

Background = Mapping[str, list[Any]]
"""Cells by column."""


def check_file(content: bytes, said: UploadOptions, background: Background | None = None) -> dict[str, Any]:
    """Return the summary of a model that can be served, with all that `load_uploaded` needs beside the file.

    Args:
        content: the file.
        said: what its user says of it; the rest is read off its metadata and graph.
        background: rows that it knows: it must answer them, and explanations compare with them.

    Raises:
        ModelFileError: `NOT_ONNX`, `MODEL_INVALID`, `MODEL_NOT_ALLOWED`, `MODEL_TOO_LARGE`, `MODEL_TOO_SLOW`,
            `MODEL_SIGNATURE`, `MODEL_FAILED`, `MODEL_ANSWER_INVALID`.
    """
    model = parse(content)
    check_structure(model)
    _check_rules(content)
    said = with_metadata(said, model)
    inputs, block_rows, assumed = read_inputs(model.graph, said, list(background or {}))
    answer = choose_outputs(model.graph, said)
    load = partial(open_session, content, foreign=True)
    session = _as_refusal("MODEL_INVALID", "onnxruntime cannot load it", load)
    rows = _background_of(background or {}, [column for each in inputs for column in each.columns])
    try:
        trial = Trial(session, inputs, answer, block_rows, known_texts(model.graph))
        signature, learned = trial.signature(said, known_labels(model.graph, answer.name))
        draft = UploadedModel(session, signature, {"features": [], "target": signature.target})
        findings = trial.run(draft, rows)
    except (DataError, ModelFileError) as error:
        if "alloc" in error.detail.lower():
            raise too_large() from error
        raise ModelFileError(error.reason, error.detail, error.hint) from error
    warnings = [*assumed, *answer.assumed, *learned, *findings.warnings]
    return summarize(model, signature, findings, rows, dict(said.meanings), warnings)


def parse(content: bytes) -> Any:
    """Return the parsed file; raises ModelFileError `NOT_ONNX`."""
    import onnx

    try:
        model = onnx.load_model_from_string(content)
    except Exception as error:  # protobuf's own errors
        raise _no_onnx() from error
    if not model.ir_version:
        raise _no_onnx()
    return model


def _no_onnx() -> ModelFileError:
    return ModelFileError(
        "NOT_ONNX", "The file is no ONNX model, or only a part of one: it cannot be read.",
        "Write it with onnx.save(model, path), or a converter such as skl2onnx, and send all of it.",
    )  # fmt: skip


def _check_rules(content: bytes) -> None:
    import onnx

    # As bytes: given a path, the checker would open files that the model names.
    _as_refusal("MODEL_INVALID", "It breaks a rule of ONNX", lambda: onnx.checker.check_model(content))


def _as_refusal(reason: str, what: str, do: Callable[[], T]) -> T:
    try:
        return do()
    except (AutoMLError, MemoryError):
        raise
    except Exception as error:  # the libraries' own, of which there are many
        if "alloc" in str(error).lower():
            raise too_large() from error
        raise ModelFileError(reason, f"{what}: {words_of(error)}.", "Export it again.") from error


def too_large() -> ModelFileError:
    """Make the error of a file that takes more memory than there is for it."""
    return ModelFileError("MODEL_TOO_LARGE", "Computing it takes more memory than is allowed.", "Make it smaller.")


def _background_of(background: Background, columns: Sequence[str]) -> dict[str, list[Any]]:
    if not background:
        return {}
    if missing := [column for column in columns if column not in background]:
        raise ModelFileError(
            "MODEL_SIGNATURE", f"`background` has no column {missing[0][:60]!r}, which the model takes.",
            "Give rows with all columns of the model, named as in `inputs`.",
        )  # fmt: skip
    return {column: background[column] for column in columns}
