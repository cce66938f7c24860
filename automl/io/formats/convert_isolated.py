"""One conversion as a process of its own: `python -m automl.io.formats.convert_isolated FOLDER BYTES ROWS COLUMNS`.

For callers that cannot let a stranger's file into their own process. It reads `upload`, writes `data.csv`, and prints
`{}` or what is wrong as {reason, detail, hint, column?}. It limits its own memory and time: what is too much ends it.
"""

from __future__ import annotations

import json
import resource
import sys
from pathlib import Path

MEMORY_BYTES = 2 << 30
"""Of its address space, most of which the libraries map and do not use."""
CPU_S = 30


def main(arguments: list[str]) -> None:
    """Convert the file."""
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY_BYTES, MEMORY_BYTES))
    resource.setrlimit(resource.RLIMIT_CPU, (CPU_S, CPU_S))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    folder, limits = Path(arguments[0]), [int(each) for each in arguments[1:]]
    import pyarrow as pa

    pa.set_cpu_count(1)
    pa.set_memory_pool(pa.system_memory_pool())

    from automl.errors import DataError
    from automl.io.formats.convert import convert
    from automl.io.formats.table_writer import Limits

    said = {}
    try:
        convert(folder / "upload", folder / "data.csv", folder, limits=Limits(*limits))
    except DataError as exc:
        said = {"reason": exc.reason, "detail": exc.detail, "hint": exc.hint, "column": exc.column}
    print(json.dumps(said))


if __name__ == "__main__":
    main(sys.argv[1:])
