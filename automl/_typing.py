"""The type of an array whose element type the code does not care about: one for all of the engine."""

from __future__ import annotations

from typing import Any

import numpy.typing as npt

Array = npt.NDArray[Any]
