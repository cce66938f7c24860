"""Tensors of the Open Inference Protocol, as JSON or as binary data, and the cells that they hold.

Pure functions. What a tensor says of its size is compared with the bytes that there are before anything is made of
them: a request takes no more memory than its body suggests.
"""

from __future__ import annotations

import math
import struct
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np

from core.domain.records import Json
from core.strict_json import Malformed

Cell: TypeAlias = str | int | float | bool | None

BYTES = "BYTES"
BF16 = "BF16"
FP64 = "FP64"
NUMPY_TYPES: dict[str, str] = {
    "BOOL": "?",
    **{f"UINT{bits}": f"<u{bits // 8}" for bits in (8, 16, 32, 64)},
    **{f"INT{bits}": f"<i{bits // 8}" for bits in (8, 16, 32, 64)},
    **{f"FP{bits}": f"<f{bits // 8}" for bits in (16, 32, 64)},
}
"""The type of a datatype's binary data, which is little-endian."""
DATATYPES = (*NUMPY_TYPES, BF16, BYTES)

MAX_DIMENSIONS = 8
MAX_DIMENSION = 2**31 - 1
TEXT_TYPES = frozenset({None, "str", "np", "pd", "datetime"})
"""What the parameter `content_type` of a tensor of texts may say: they are taken as they stand."""

_LENGTH = struct.Struct("<I")
_SHARED_MEMORY = "shared_memory_region"


@dataclass(frozen=True)
class Tensor:
    """A tensor.

    Attributes:
        name: of the tensor.
        shape: its dimensions.
        cells: its elements, the last dimension first; None where one is missing.
    """

    name: str
    shape: tuple[int, ...]
    cells: list[Cell]


@dataclass(frozen=True)
class OutputTensor:
    """A tensor of an answer: texts, or numbers of the type FP64."""

    name: str
    shape: tuple[int, ...]
    values: Sequence[str] | np.ndarray[Any, np.dtype[Any]]
    parameters: Json

    @property
    def datatype(self) -> str:
        return FP64 if isinstance(self.values, np.ndarray) else BYTES


def bad_tensor(field: str, detail: str) -> Malformed:
    """Make the error of a request whose tensors are not what they say."""
    return Malformed("BAD_TENSOR", f"{field}: {detail}", [{"field": field, "detail": detail}])


def decode_tensors(entries: Any, binary: memoryview) -> list[Tensor]:
    """Return the tensors of `inputs`; their binary data stands one after the other. Raises Malformed BAD_TENSOR."""
    if not isinstance(entries, list) or not entries:
        raise bad_tensor("inputs", "Must be a list of at least one tensor.")
    tensors: dict[str, Tensor] = {}
    for i, entry in enumerate(entries):
        tensor, binary = _decode(entry, f"inputs.{i}", binary)
        if tensor.name in tensors:
            raise bad_tensor(f"inputs.{i}.name", f"There are two tensors {tensor.name[:200]!r}.")
        tensors[tensor.name] = tensor
    if binary.nbytes:
        detail = f"{binary.nbytes:,} bytes after the JSON belong to no tensor: binary_data_size adds up to less."
        raise bad_tensor("inputs", detail)
    return list(tensors.values())


def encode_tensors(outputs: Sequence[tuple[OutputTensor, bool]]) -> tuple[list[Json], list[bytes]]:
    """Return the entries of tensors, and the binary data of those that are wanted so."""
    entries, pieces = [], []
    for tensor, is_binary in outputs:
        entry: Json = {"name": tensor.name, "datatype": tensor.datatype, "shape": list(tensor.shape)}
        parameters = dict(tensor.parameters)
        if is_binary:
            pieces.append(_to_binary(tensor.values))
            parameters["binary_data_size"] = len(pieces[-1])
        if parameters:
            entry["parameters"] = parameters
        if not is_binary:
            entry["data"] = (
                tensor.values.ravel().tolist() if isinstance(tensor.values, np.ndarray) else [*tensor.values]
            )
        entries.append(entry)
    return entries, pieces


def _to_binary(values: Sequence[str] | np.ndarray[Any, np.dtype[Any]]) -> bytes:
    if isinstance(values, np.ndarray):
        return values.astype(NUMPY_TYPES[FP64]).tobytes()
    texts = [value.encode("utf-8", "surrogatepass") for value in values]
    return b"".join(piece for text in texts for piece in (_LENGTH.pack(len(text)), text))


def _decode(entry: Any, where: str, binary: memoryview) -> tuple[Tensor, memoryview]:
    if not isinstance(entry, dict):
        raise bad_tensor(where, 'Must be an object: {"name", "datatype", "shape", "data"}.')
    name, datatype = entry.get("name"), entry.get("datatype")
    if not isinstance(name, str) or not name:
        raise bad_tensor(f"{where}.name", "Must be the name of a column.")
    if not isinstance(datatype, str) or datatype not in DATATYPES:
        raise bad_tensor(f"{where}.datatype", f"Must be one of {', '.join(DATATYPES)}.")
    shape = _shape(entry.get("shape"), f"{where}.shape")
    parameters = parameters_of(entry, where)
    if _SHARED_MEMORY in parameters:
        raise bad_tensor(f"{where}.parameters", "There is no shared memory with this server: send the data itself.")
    if datatype == BYTES and parameters.get("content_type") not in TEXT_TYPES:
        detail = f"Texts of the content type {str(parameters['content_type'])[:60]!r} are not taken: send them plain."
        raise bad_tensor(f"{where}.parameters.content_type", detail)
    n_bytes = parameters.get("binary_data_size")
    if n_bytes is None:
        if "data" not in entry:
            raise bad_tensor(where, "Has neither `data` nor the parameter `binary_data_size`.")
        return Tensor(name, shape, _cells_of_json(entry["data"], datatype, shape, f"{where}.data")), binary
    field = f"{where}.parameters.binary_data_size"
    if entry.get("data") is not None:
        raise bad_tensor(field, "A tensor has either `data` or binary data.")
    if type(n_bytes) is not int or n_bytes < 0:
        raise bad_tensor(field, "Must be a number of bytes.")
    if n_bytes > binary.nbytes:
        raise bad_tensor(field, f"Says {n_bytes:,} bytes, and {binary.nbytes:,} are left of the body.")
    return Tensor(name, shape, _cells_of_binary(binary[:n_bytes], datatype, shape, field)), binary[n_bytes:]


def parameters_of(entry: Json, where: str) -> Json:
    """Return the `parameters` of a request, an input or an output; {} where there are none."""
    parameters = entry.get("parameters")
    if parameters is None:
        return {}
    if not isinstance(parameters, dict):
        raise bad_tensor(f"{where}.parameters".lstrip("."), "Must be an object.")
    return parameters


def _shape(shape: Any, field: str) -> tuple[int, ...]:
    if not isinstance(shape, list) or not 1 <= len(shape) <= MAX_DIMENSIONS:
        raise bad_tensor(field, f"Must be a list of 1 to {MAX_DIMENSIONS} dimensions.")
    if not all(type(each) is int and 0 <= each <= MAX_DIMENSION for each in shape):
        raise bad_tensor(field, "Each dimension must be an integer from 0.")
    return tuple(shape)


def _cells_of_json(data: Any, datatype: str, shape: tuple[int, ...], field: str) -> list[Cell]:
    cells = _flatten(data, shape, field)
    if len(cells) != math.prod(shape):
        raise bad_tensor(field, _differs(len(cells), shape))
    if datatype == BYTES:
        _check(cells, field, datatype, lambda cell: type(cell) is str)
        return [cell or None for cell in cells]
    if datatype == "BOOL":
        _check(cells, field, datatype, lambda cell: type(cell) is bool or cell in (0, 1))
        return [None if cell is None else bool(cell) for cell in cells]
    if datatype in NUMPY_TYPES and np.dtype(NUMPY_TYPES[datatype]).kind in "iu":
        info = np.iinfo(NUMPY_TYPES[datatype])
        _check(cells, field, datatype, lambda cell: _is_whole(cell) and info.min <= cell <= info.max)
        return [None if cell is None else int(cell) for cell in cells]
    _check(cells, field, datatype, lambda cell: type(cell) is float or (type(cell) is int and abs(cell) < 10**300))
    return [None if cell is None else float(cell) for cell in cells]


def _is_whole(cell: Any) -> bool:
    return type(cell) is int or (type(cell) is float and cell.is_integer())


def _check(cells: list[Any], field: str, datatype: str, fits: Any) -> None:
    wrong = next((i for i, cell in enumerate(cells) if cell is not None and not fits(cell)), None)
    if wrong is not None:
        raise bad_tensor(f"{field}.{wrong}", f"{str(cells[wrong])[:60]!r} is no {datatype}.")


def _flatten(data: Any, shape: tuple[int, ...], field: str) -> list[Any]:
    """Return the elements of `data`, which is flat or nested as the shape says."""
    if not isinstance(data, list):
        raise bad_tensor(field, "Must be a list.")
    level = data
    for dimension in shape[1:]:
        if not any(isinstance(each, list) for each in level):
            break
        if not all(isinstance(each, list) and len(each) == dimension for each in level):
            raise bad_tensor(field, f"Is nested otherwise than the shape {list(shape)} says.")
        level = [cell for each in level for cell in each]
    return level


def _cells_of_binary(data: memoryview, datatype: str, shape: tuple[int, ...], field: str) -> list[Cell]:
    size = math.prod(shape)
    if datatype == BYTES:
        return _texts(bytes(data), size, shape, field)
    width = 2 if datatype == BF16 else np.dtype(NUMPY_TYPES[datatype]).itemsize
    if data.nbytes != size * width:
        detail = f"{data.nbytes:,} bytes; {datatype} of the shape {list(shape)} has {size * width:,}."
        raise bad_tensor(field, detail)
    if datatype == BF16:  # The upper half of a FP32.
        values = (np.frombuffer(data, "<u2").astype("<u4") << 16).view("<f4")
    else:
        values = np.frombuffer(data, "u1") != 0 if datatype == "BOOL" else np.frombuffer(data, NUMPY_TYPES[datatype])
    cells: list[Cell] = values.tolist()
    if values.dtype.kind == "f" and np.isnan(values).any():
        return [None if cell != cell else cell for cell in cells]
    return cells


def _texts(data: bytes, size: int, shape: tuple[int, ...], field: str) -> list[Cell]:
    """Return texts, each of which stands behind its length."""
    cells: list[Cell] = []
    at = 0
    while at < len(data):
        start = at + _LENGTH.size
        if start > len(data):
            raise bad_tensor(field, f"The data ends within the length of element {len(cells):,}.")
        at = start + _LENGTH.unpack_from(data, start - _LENGTH.size)[0]
        if at > len(data):
            left = len(data) - start
            raise bad_tensor(field, f"Element {len(cells):,} says {at - start:,} bytes, and {left:,} are left.")
        try:
            cells.append(data[start:at].decode() or None)
        except UnicodeDecodeError as exc:
            raise bad_tensor(field, f"Element {len(cells):,} is not UTF-8 at its byte {exc.start}.") from exc
    if len(cells) != size:
        raise bad_tensor(field, _differs(len(cells), shape))
    return cells


def _differs(n: int, shape: tuple[int, ...]) -> str:
    return f"Has {n:,} elements; the shape {list(shape)} has {math.prod(shape):,}."
