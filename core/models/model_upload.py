"""Uploads of models: what their first bytes show, and the record of one whose check is not over."""

from __future__ import annotations

from dataclasses import dataclass, field

from core.domain.records import Json
from core.errors import Invalid

CHECKING = "checking"
REJECTED = "rejected"

MAX_BACKGROUND_ROWS = 64
MAX_BACKGROUND_BYTES = 256 * 1024
"""Of the background rows together: they are kept in the model's row."""

_EXPORT = "Export the model as ONNX, with skl2onnx or onnxmltools, and upload that file."
_OTHERS = (
    (b"\x80\x02", "a pickle"), (b"\x80\x03", "a pickle"), (b"\x80\x04", "a pickle"), (b"\x80\x05", "a pickle"),
    (b"PK\x03\x04", "a ZIP archive, as PyTorch, Keras and joblib write"), (b"\x1f\x8b", "a gzip file"),
    (b"\x89HDF", "an HDF5 file, as Keras writes"), (b"CBM1", "a CatBoost model"), (b"tree\n", "a LightGBM model"),
    (b"{", "JSON"), (b"\x7fELF", "a program"), (b"MZ", "a program"), (b"#!", "a program"), (b"<", "HTML or XML"),
)  # fmt: skip


@dataclass(frozen=True)
class ModelUpload:
    """A model that a user has sent, until it is known whether it can be served; then it is a `Model`.

    Attributes:
        said: what its user says of it, for the check.
        background: rows that it knows, as [{column, cells}] in the order of the columns: by it they may be named.
        error: {reason, detail, hint} once it is rejected.
    """

    id: str
    user_id: str
    name: str
    created_at: str
    blob: str
    size_bytes: int
    sha256: str
    said: Json = field(default_factory=dict)
    background: list[Json] = field(default_factory=list)
    state: str = CHECKING
    error: Json | None = None
    deleting: bool = False


def check_head(head: bytes) -> None:
    """Raise Invalid NOT_ONNX for a file whose first bytes show it to be another thing. It is not opened for that."""
    if not head:
        raise Invalid("NOT_ONNX", f"The file is empty. {_EXPORT}")
    for magic, what in _OTHERS:
        if head.startswith(magic):
            why = " A pickle can run a program when it is opened: it never is, here." if what == "a pickle" else ""
            raise Invalid("NOT_ONNX", f"The file is {what}, and no ONNX model.{why} {_EXPORT}")
    if head[4:8] == b"TFL3":
        raise Invalid("NOT_ONNX", f"The file is a TensorFlow Lite model, and no ONNX model. {_EXPORT}")
