"""Writing a model as MLflow's `python_function`: a ZIP file that is a model directory, without pickle and our engine.

MLflow's own ONNX flavor would not do: it hands columns of text to onnxruntime as Arrow arrays, which are refused. So
the directory has a loader of its own, and the very modules by which the engine reads cells.
"""

from __future__ import annotations

import ast
import hashlib
import json
import re
import zipfile
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

import automl.onnx
import automl.parsing
import vocabulary

PACKAGE = "nobrains_parsing"
"""Name of the readings' modules in the directory."""
LOADER = "nobrains_onnx_loader"
REQUIREMENTS = ("mlflow>=3", "numpy>=2", "pandas>=2.2", "onnxruntime>=1.22")
PYTHON = "3.11"
ZIP_EPOCH = (1980, 1, 1, 0, 0, 0)
"""Time of every file: the same model gives the same bytes, whose digest is an ETag."""

_MODULE = re.compile(r"\bautoml\.parsing\b")
_VOCABULARY = re.compile(r"^from vocabulary import", re.MULTILINE)
_PAIR = re.compile(r"\\ud[89ab][0-9a-f]{2}\\ud[c-f][0-9a-f]{2}")


def write_mlflow_model(graph: Path, summary: Mapping[str, Any], path: Path) -> None:
    """Write the ZIP file.

    Args:
        graph: the model as `export` has written it.
        summary: of the model.
        path: of the ZIP file.
    """
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        with graph.open("rb") as content:
            digest = hashlib.file_digest(content, "sha256").hexdigest()
        texts = {
            "MLmodel": _mlmodel(summary, digest[:32]),
            "requirements.txt": "\n".join((*REQUIREMENTS, "")),
            "python_env.yaml": _python_env(),
            **{f"code/{name}": source for name, source in _sources()},
        }
        for name, text in texts.items():
            archive.writestr(_entry(name), text)
        entry = _entry("model.onnx")
        entry.file_size = graph.stat().st_size
        with graph.open("rb") as content, archive.open(entry, "w") as sink:
            while chunk := content.read(1 << 20):
                sink.write(chunk)


def _entry(name: str) -> zipfile.ZipInfo:
    entry = zipfile.ZipInfo(name, ZIP_EPOCH)
    entry.compress_type = zipfile.ZIP_DEFLATED
    entry.create_system = 3  # Unix, wherever it is made
    entry.external_attr = 0o644 << 16
    return entry


def _mlmodel(summary: Mapping[str, Any], uuid: str) -> str:
    lines = [
        "flavors:",
        "  python_function:",
        "    code: code",
        "    data: model.onnx",
        "    env:",
        "      virtualenv: python_env.yaml",
        f"    loader_module: {LOADER}",
        f"    python_version: {_yaml(PYTHON)}",
        f"metadata: {_yaml(_described(summary))}",
        f"model_uuid: {uuid}",
        "signature:",
        *(f"  {name}: {_yaml(json.dumps(columns))}" for name, columns in _signature(summary).items()),
    ]
    return "\n".join((*lines, ""))


def _described(summary: Mapping[str, Any]) -> dict[str, Any]:
    return {name: summary[name] for name in ("target", "task", "metric", "classes") if name in summary}


def _signature(summary: Mapping[str, Any]) -> dict[str, list[dict[str, Any]]]:
    """Return the columns and parameters as MLflow writes them.

    Columns take any type: `double` would refuse whole numbers, `string` the numbers that stand for labels.
    """
    numbers = summary["task"] == "regression"
    flag = {"name": "probabilities", "type": "boolean", "default": False, "shape": None}
    return {
        "inputs": [
            {"type": "any", "name": each["name"], "required": bool(each["required"])} for each in summary["features"]
        ],
        "outputs": [{"type": "double" if numbers else "string", "required": True}],
        **({} if numbers else {"params": [flag]}),
    }


def _python_env() -> str:
    lines = [f"python: {_yaml(PYTHON)}", "build_dependencies:", "- pip", "- setuptools", "- wheel", "dependencies:"]
    return "\n".join((*lines, "- -r requirements.txt", ""))


def _yaml(value: Any) -> str:
    """Return a value as JSON that is YAML too, which writes characters beyond 16 bits in another way."""
    return _PAIR.sub(lambda pair: f"\\U{ord(json.loads(chr(34) + pair[0] + chr(34))):08x}", json.dumps(value))


def _sources() -> Iterator[tuple[str, str]]:
    """Yield the files of `code/`: the loader, and the modules that it needs, under names of their own."""
    folder = Path(automl.parsing.__file__).parent
    loader = (Path(automl.onnx.__file__).parent / "mlflow_loader.py").read_text(encoding="utf-8")
    yield f"{LOADER}.py", _renamed(loader)
    yield f"{PACKAGE}/__init__.py", _renamed((folder / "__init__.py").read_text(encoding="utf-8"))
    yield f"{PACKAGE}/vocabulary.py", Path(vocabulary.__file__).read_text(encoding="utf-8")
    seen: set[str] = set()
    left = _imported(loader)
    while left:
        name = left.pop()
        seen.add(name)
        source = (folder / f"{name}.py").read_text(encoding="utf-8")
        left |= _imported(source) - seen
        yield f"{PACKAGE}/{name}.py", _renamed(source)


def _imported(source: str) -> set[str]:
    """Return the modules of `automl.parsing` that a module imports."""
    nodes: Iterable[ast.AST] = ast.walk(ast.parse(source))
    names = [node.module for node in nodes if isinstance(node, ast.ImportFrom) and node.module]
    return {name.removeprefix("automl.parsing.") for name in names if name.startswith("automl.parsing.")}


def _renamed(source: str) -> str:
    return _VOCABULARY.sub(f"from {PACKAGE}.vocabulary import", _MODULE.sub(PACKAGE, source))
