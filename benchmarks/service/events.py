"""Measure events by message: a thousand, some of them sent twice, to a consumer that is killed again and again.

    python -m benchmarks.service.events [--messages 1000] [--twice 200] [--kills 20] [--seed 0] [--write docs/events.md]

A real RabbitMQ on this machine, a real `nobrains fetcher` over the embedded tables. Each message is a row with its
number; the fetcher is killed (SIGKILL) in the middle of its work and started again. At the end each number must be in
the pipeline's data once; the exit code tells whether it is.
"""

from __future__ import annotations

import argparse
import random
import sys
import tempfile
import time
from pathlib import Path

from benchmarks.markdown_section import provenance, put_section
from tests.emulators.rabbitmq import running_broker
from tests.integration.events.killed_consumer import KilledConsumer


def main() -> int:
    """Measure, print a sentence, and with --write put it into the page's section; return the exit code."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    for name, default in (("messages", 1000), ("twice", 200), ("kills", 20), ("seed", 0)):
        parser.add_argument(f"--{name}", type=int, default=default)
    parser.add_argument("--write", type=Path, help="page to put the sentence into")
    chosen = parser.parse_args()
    dice = random.Random(chosen.seed)
    numbers = [*range(chosen.messages), *dice.sample(range(chosen.messages), chosen.twice)]
    dice.shuffle(numbers)
    broker = running_broker()
    with tempfile.TemporaryDirectory() as folder:
        consumer = KilledConsumer(broker, Path(folder))
        began_s = time.perf_counter()
        consumer.send(numbers, chosen.kills, dice)
        kept = consumer.finish(chosen.messages)
        took_s = time.perf_counter() - began_s
    once = sum(kept.counts[n] == 1 for n in range(chosen.messages))
    lost = sum(kept.counts[n] == 0 for n in range(chosen.messages))
    more = sum(times > 1 for times in kept.counts.values())
    text = (
        f"Measured on {provenance()}: {len(numbers):,} messages, {chosen.twice:,} of them sent a second time, the "
        f"consumer killed {chosen.kills} times, {took_s:.0f} s with its starts: {once:,} rows of {chosen.messages:,} "
        f"kept once, {lost} lost, {more} kept more than once, {kept.dead} put aside."
    )
    print(text)
    if chosen.write:
        put_section(chosen.write, "events", text)
    return 0 if once == chosen.messages and not kept.dead else 1


if __name__ == "__main__":
    sys.exit(main())
