"""What a child may use: the settings, within what this container or machine gives."""

from __future__ import annotations

from automl.resources import memory_limit_bytes, usable_cpus
from core.settings import MIB, Settings

# The rest is for the worker itself and whatever else lives here.
MACHINE_SHARE = 0.8


def child_memory_bytes(settings: Settings) -> int:
    """Bytes a child may hold: the setting, and without one a share of what there is."""
    there_is = memory_limit_bytes()
    wanted = settings.memory_limit_mib * MIB or int(there_is * MACHINE_SHARE)
    return min(wanted, there_is)


def child_threads(settings: Settings) -> int:
    """Threads of a child: more than there are processors would only wait for each other."""
    threads: int = settings.threads
    return min(threads, usable_cpus())
