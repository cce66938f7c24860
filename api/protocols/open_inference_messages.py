"""Requests and answers of the Open Inference Protocol. Pure functions over bytes and JSON."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import orjson

from api.http.bodies.instances import MAX_INSTANCES
from api.protocols.open_inference_tensors import (
    BYTES,
    FP64,
    Cell,
    OutputTensor,
    Tensor,
    bad_tensor,
    decode_tensors,
    encode_tensors,
    parameters_of,
)
from core.domain.records import Json
from core.strict_json import Malformed, parse_json

HEADER_LENGTH = "Inference-Header-Content-Length"
MAX_NAME_CHARACTERS = 200
"""Of the request's id, and of its key."""

LABEL, PROBABILITIES, PREDICTION, PREDICTION_ID = "label", "probabilities", "prediction", "prediction_id"
NUMBER = "number"

_OBJECT = re.compile(rb"[ \t\r\n]*\{")
_DIGITS = re.compile(r"[0-9]{1,12}")
_NOT_OFFERED = ("classification", "shared_memory_region")


@dataclass(frozen=True)
class InferRequest:
    """A request.

    Attributes:
        id: the caller's name for the request, which the answer repeats.
        key: the caller's own name for what the rows are about.
        tensors: the inputs.
        wanted: outputs that are asked for -> whether as binary data, None where that is not said; {} for all.
        binary: whether outputs are wanted as binary data where nothing else is said.
        strict: whether a request is refused of which something cannot be used.
    """

    id: str | None
    key: str | None
    tensors: list[Tensor]
    wanted: dict[str, bool | None]
    binary: bool
    strict: bool


def parse_infer_request(body: bytes, header_length: str | None) -> InferRequest:
    """Read the body of a request.

    Media types are not looked at: clients send JSON without one, or as `application/octet-stream`.

    Args:
        body: JSON, and the inputs' binary data behind it.
        header_length: length of the JSON as the header says it; None where all is JSON.

    Raises:
        Malformed: BAD_TENSOR, or those of `parse_json`.
    """
    head, binary = _split(body, header_length)
    document = parse_json(head, allow_nan=True)
    if not isinstance(document, dict):
        raise bad_tensor("inputs", 'The body must be an object: {"inputs": [...]}.')
    parameters = parameters_of(document, "")
    return InferRequest(
        id=_name(document.get("id"), "id"),
        key=_name(parameters.get("key"), "parameters.key"),
        tensors=decode_tensors(document.get("inputs"), binary),
        wanted=_wanted(document.get("outputs")),
        binary=_flag(parameters, "binary_data_output", "parameters") or False,
        strict=_flag(parameters, "strict", "parameters") or False,
    )


def _split(body: bytes, header_length: str | None) -> tuple[bytes, memoryview]:
    if header_length is None:
        if not _OBJECT.match(body):
            detail = f"The body is no JSON object. With binary data, {HEADER_LENGTH} says how long the JSON is."
            raise Malformed("MALFORMED_JSON", detail)
        return body, memoryview(b"")
    if not _DIGITS.fullmatch(header_length) or not 0 < int(header_length) <= len(body):
        detail = f"Must be the length of the JSON, from 1 to the {len(body):,} bytes of the body."
        raise bad_tensor(HEADER_LENGTH, detail)
    length = int(header_length)
    return body[:length], memoryview(body)[length:]


def _name(value: Any, field: str) -> str | None:
    if value is None or value == "":
        return None
    if not isinstance(value, str) or len(value) > MAX_NAME_CHARACTERS:
        raise bad_tensor(field, f"Must be a text of at most {MAX_NAME_CHARACTERS} characters.")
    return value


def _flag(parameters: Json, name: str, where: str) -> bool | None:
    value = parameters.get(name)
    if value is not None and type(value) is not bool:
        raise bad_tensor(f"{where}.{name}", "Must be true or false.")
    return value


def _wanted(outputs: Any) -> dict[str, bool | None]:
    if outputs is None:
        return {}
    if not isinstance(outputs, list):
        raise bad_tensor("outputs", "Must be a list.")
    wanted = {}
    for i, entry in enumerate(outputs):
        where = f"outputs.{i}"
        if not isinstance(entry, dict) or not isinstance(entry.get("name"), str):
            raise bad_tensor(where, 'Must be an object with the "name" of an output.')
        parameters = parameters_of(entry, where)
        for name in _NOT_OFFERED:
            if parameters.get(name):
                raise bad_tensor(f"{where}.parameters.{name}", "Is not offered: leave it out.")
        wanted[entry["name"]] = _flag(parameters, "binary_data", f"{where}.parameters")
    return wanted


def columns_of_tensors(
    tensors: Sequence[Tensor], features: Sequence[Json], others: Sequence[str] = ()
) -> tuple[dict[str, list[Cell]], int]:
    """Return columns by name, and how many rows they have.

    A tensor is a column: of the shape (n), (n, 1) or (1, n). Where all columns are numbers, a single one of the shape
    (n, columns) is all of them, in the order of the model's features. `others` are names of columns that are taken
    besides.

    Raises:
        Malformed: BAD_TENSOR.
    """
    names = [*(feature["name"] for feature in features), *others]
    first = tensors[0]
    if len(tensors) == 1 and first.name not in names and len(first.shape) == 2:
        return _matrix(first, features)
    _check_row_count(len(first.cells))
    columns: dict[str, list[Cell]] = {}
    for tensor in tensors:
        if sum(dimension != 1 for dimension in tensor.shape) > 1:
            detail = f"The input {tensor.name[:200]!r} has the shape {list(tensor.shape)}: a column has (n) or (n, 1)."
            raise bad_tensor("inputs", detail)
        if len(tensor.cells) != len(first.cells):
            detail = f"{tensor.name[:200]!r} has {len(tensor.cells):,} rows, {first.name[:200]!r} {len(first.cells):,}."
            raise bad_tensor("inputs", detail)
        columns[tensor.name] = tensor.cells
    return columns, len(first.cells)


def _matrix(tensor: Tensor, features: Sequence[Json]) -> tuple[dict[str, list[Cell]], int]:
    n, width = tensor.shape
    texts = [feature["name"] for feature in features if feature["type"] != NUMBER]
    if texts or width != len(features):
        why = f"the column {texts[0]!r} is no number" if texts else f"the model has {len(features):,} columns"
        detail = f"{tensor.name[:200]!r} is no column, and cannot be all of them: {why}. Send one input a column."
        raise bad_tensor("inputs", detail)
    _check_row_count(n)
    return {feature["name"]: tensor.cells[i::width] for i, feature in enumerate(features)}, n


def _check_row_count(n: int) -> None:
    if not 1 <= n <= MAX_INSTANCES:
        detail = f"The inputs have {n:,} rows: 1 to {MAX_INSTANCES:,} are taken at once. Send several requests."
        raise bad_tensor("inputs", detail)


def choose_outputs(offered: Sequence[OutputTensor], request: InferRequest) -> list[tuple[OutputTensor, bool]]:
    """Return the outputs that are asked for, and whether each as binary data.

    Raises:
        Malformed: BAD_TENSOR where one is asked for that there is not.
    """
    by_name = {tensor.name: tensor for tensor in offered}
    wanted = request.wanted or {name: None for name in by_name if name != PREDICTION_ID}
    if unknown := [name for name in wanted if name not in by_name]:
        raise bad_tensor("outputs", f"There is no output {unknown[0][:200]!r}: there are {', '.join(by_name)}.")
    return [
        (by_name[name], request.binary if is_binary is None else is_binary) for name, is_binary in wanted.items()
    ]  # fmt: skip


def render_answer(head: Mapping[str, Any], outputs: Sequence[tuple[OutputTensor, bool]]) -> tuple[bytes, int | None]:
    """Return the body of an answer, and the length of its JSON where binary data stands behind it."""
    entries, pieces = encode_tensors(outputs)
    document = orjson.dumps({**head, "outputs": entries})
    return b"".join([document, *pieces]), len(document) if pieces else None


def describe_model(name: str, versions: Sequence[int], summary: Json, keys: Sequence[str] = ()) -> Json:
    """Return the metadata of a model: one input a column, `keys` by which others are looked up, and its outputs."""
    labels = [str(label) for label in summary.get("classes") or []]
    inputs = [
        _description(
            feature["name"],
            *((FP64, "np") if feature["type"] == NUMBER else (BYTES, "str")),
            required=bool(feature.get("required")),
        )
        for feature in summary["features"]
    ]
    known = {each["name"] for each in inputs}
    inputs += [_description(key, BYTES, "str", required=False) for key in keys if key not in known]
    if labels:
        probabilities = _description(PROBABILITIES, FP64, "np", labels=labels)
        outputs = [_description(LABEL, BYTES, "str"), {**probabilities, "shape": [-1, len(labels)]}]
    else:
        outputs = [_description(PREDICTION, FP64, "np")]
    return {
        "name": name,
        "versions": [str(version) for version in versions],
        "platform": "nobrains",
        "inputs": inputs,
        "outputs": outputs,
    }


def _description(name: str, datatype: str, content_type: str, **parameters: Any) -> Json:
    parameters = {"content_type": content_type, **parameters}
    return {"name": name, "datatype": datatype, "shape": [-1], "parameters": parameters}
