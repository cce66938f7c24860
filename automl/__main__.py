"""`python -m automl predict model.nb rows.csv [-o answers.csv]`: a bundle at work without any service."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from contextlib import ExitStack
from functools import partial

from automl.errors import AutoMLError

CHUNK_BYTES = 1 << 20


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command; 1 after an error, which is told in words."""
    parser = argparse.ArgumentParser(prog="python -m automl", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    predict = commands.add_parser("predict", help="add the predictions of a bundle to a CSV file")
    predict.add_argument("bundle", help="a model, as saved or downloaded (.nb)")
    predict.add_argument("rows", help="a CSV file with the columns the model knows, in any order")
    predict.add_argument("-o", "--output", help="file to write; standard output without it")
    predict.add_argument("--delimiter", default=",", help="of the CSV file")
    predict.add_argument("--encoding", default="utf-8", help="of the CSV file")
    given = parser.parse_args(arguments)
    try:
        _predict(given)
    except (AutoMLError, OSError) as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    return 0


def _predict(given: argparse.Namespace) -> None:
    from automl.bundle import load
    from automl.predict_csv import predict_csv

    model = load(given.bundle)
    with ExitStack() as stack:
        rows = stack.enter_context(open(given.rows, "rb"))
        output = stack.enter_context(open(given.output, "wb")) if given.output else sys.stdout.buffer
        chunks = iter(partial(rows.read, CHUNK_BYTES), b"")
        for part in predict_csv(model, chunks, delimiter=given.delimiter, encoding=given.encoding):
            output.write(part)


if __name__ == "__main__":
    sys.exit(main())
