"""Upload models that were made elsewhere, as ONNX files."""

from __future__ import annotations

import json
import uuid
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ...http.polling import poll
from ...http.request_bodies import default_name, open_body
from ...outcomes import ModelRejected
from ...types.models import Model
from .models import ModelResource

if TYPE_CHECKING:
    from ...http.request_bodies import Source

ONNX = "application/octet-stream"


class UploadedModelResource(ModelResource):
    """Group the calls about models that are uploaded."""

    def upload_model(  # noqa: PLR0913 (public: one keyword an option)
        self,
        source: str | Path | bytes,
        target: str | None = None,
        *,
        inputs: Sequence[str] | None = None,
        labels: Sequence[str] | None = None,
        task: str | None = None,
        background: Source | None = None,
        name: str | None = None,
        outputs: dict[str, str] | None = None,
        wait: bool = True,
        timeout_s: float | None = None,
    ) -> Model:
        """Upload an ONNX file as skl2onnx, onnxmltools and others write it; then it predicts as any model does.

        What is not said is read off the file's metadata, or guessed; `warnings` of the model say what was guessed.

        Args:
            source: Path of the file, or its bytes.
            target: Name of what it predicts.
            inputs: Names of the columns, in the order in which the graph takes them.
            labels: Labels of the classes, in the order of the probabilities.
            task: binary, multiclass or regression.
            background: Up to 64 rows that the model knows: path or bytes of a CSV, or a DataFrame. Explanations compare
                with them; without any there are none.
            name: Name of the model; None takes the file's.
            outputs: Outputs of the graph to use, by `label_output`, `probability_output` or `value_output`.
            wait: Whether to return only when it is checked.
            timeout_s: Seconds to wait at most; None waits as long as it takes.

        Returns:
            The model: ready, or without `wait` perhaps still `checking`.

        Raises:
            ValidationFailed: The file cannot be served; the error says why, and what to do.
            ModelRejected: The same, where the check took longer than a request.
            WaitTimedOut: With `wait`, it is not checked after `timeout_s` seconds; it goes on.
            OSError: The file cannot be read.
        """
        said: dict[str, Any] = {"target": target, "task": task, **(outputs or {})}
        for key, names in (("inputs", inputs), ("labels", labels)):
            said[key] = None if names is None else json.dumps([str(each) for each in names])
        said["name"] = name or (default_name(source) if isinstance(source, str | Path) else None)
        given = {key: value for key, value in said.items() if value is not None}
        content, media_type = source, ONNX
        if background is not None:
            content, media_type = _form(source, background)
        with open_body(content) as body:
            headers = {"Content-Type": media_type, "Idempotency-Key": uuid.uuid4().hex}
            response = self._transport.fetch("POST", "/models", params=given, body=body, headers=headers)
        model = Model.from_json(response)
        if wait:
            model = poll(lambda: self.model(model), timeout_s=timeout_s) if not model.is_over else model
            if model.state == "rejected":
                raise ModelRejected(model)
        return model


def _form(source: str | Path | bytes, background: Source) -> tuple[bytes, str]:
    """Return a form of both files, and its media type."""
    from urllib3.filepost import encode_multipart_formdata

    content = source if isinstance(source, bytes) else Path(source).read_bytes()
    with open_body(background) as body:
        rows = body.read()
    return encode_multipart_formdata({"file": ("model.onnx", content), "background": ("background.csv", rows)})
