"""What thresholds of a model earn, computed from its reference: training rows that its models had not seen."""

from __future__ import annotations

import hashlib
import tempfile
from collections import OrderedDict
from dataclasses import replace
from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING

from api.serving.engine_errors import data_errors_as_invalid
from core.domain.records import UPLOADED, Json
from core.domain.records import Model as ModelRecord
from core.errors import Conflict, Corrupted
from core.models.decision_rules import GAINS, rule_of

if TYPE_CHECKING:
    from automl.reference import Reference
    from core.ports import Blobs

MAX_REMEMBERED = 32
"""References kept without their rows: some hundred kilobytes each, so that a slider moves at once."""


class DecisionCurves:
    """Curves of models of this process. Safe from several threads."""

    def __init__(self, blobs: Blobs) -> None:
        self._blobs = blobs
        self._lock = Lock()
        self._known: OrderedDict[str, Reference] = OrderedDict()

    def curve(self, record: ModelRecord, gains: Json | None, positive: str | None) -> Json:
        """Return what each threshold earns, as `automl.evaluation.profit_curve.profit_curve` says it.

        Args:
            record: of the model.
            gains: what answers are worth, missing ones 0; None is those of its rule, or that each error costs 1.
            positive: the label that is called; None is that of its rule, or the model's.

        Raises Conflict REFERENCE_NOT_AVAILABLE, Invalid, Corrupted.
        """
        from automl.evaluation.profit_curve import Gains
        from automl.postprocessing import DecisionRule

        rule = rule_of(record)
        kept = (record.decision or {}).get("gains")
        with data_errors_as_invalid():
            worth = Gains(**(kept or {})) if gains is None else Gains(**{name: gains.get(name, 0.0) for name in GAINS})
            reference = self._reference(record)
            decision = DecisionRule(**rule) if rule else None
            named = positive or (rule["positive"] if rule else record.summary.get("positive_class"))
            found = reference.profit_curve(worth, named, decision)
        labels = reference.labels
        chosen = named if named is not None else labels[1]
        other = labels[1 - labels.index(chosen)]
        return {"model_id": record.id, "positive": chosen, "negative": other, "decision": record.decision, **found}

    def _reference(self, record: ModelRecord) -> Reference:
        if record.reference is None:
            why = "it was uploaded" if record.origin == UPLOADED else "train again"
            raise Conflict("REFERENCE_NOT_AVAILABLE", f"Nothing was kept of the rows this model was trained on: {why}.")
        blob = record.reference["blob"]
        with self._lock:
            if known := self._known.get(blob):
                self._known.move_to_end(blob)
                return known
        found = self._load(blob, record.reference["sha256"])
        with self._lock:
            self._known[blob] = found
            while len(self._known) > MAX_REMEMBERED:
                self._known.popitem(last=False)
        return found

    def _load(self, blob: str, sha256: str) -> Reference:
        from automl.errors import BundleError
        from automl.reference import Reference

        content = b"".join(self._blobs.read(blob))
        if hashlib.sha256(content).hexdigest() != sha256:
            raise Corrupted(f"{blob} does not have the SHA-256 that it was stored with")
        with tempfile.TemporaryDirectory(prefix="nobrains-reference-") as folder:
            path = Path(folder, "reference.parquet")
            path.write_bytes(content)
            try:
                found = Reference.load(path)
            except BundleError as exc:
                raise Corrupted(str(exc)) from exc
        return replace(found, rows=found.rows.iloc[:, :0])
