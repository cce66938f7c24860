"""Limits of a child: the settings, within the limits of this container or machine."""

from __future__ import annotations

from automl.resources import memory_limit_bytes, usable_cpus
from core.settings import MIB, Settings

# Share of the memory for children; the rest is for the worker itself and other processes here.
MACHINE_SHARE = 0.8


def child_memory_bytes(settings: Settings) -> int:
    """Return the bytes a child may hold: the setting, or else a share of the memory there is."""
    there_is = memory_limit_bytes()
    wanted = settings.memory_limit_mib * MIB or int(there_is * MACHINE_SHARE)
    return min(wanted, there_is)


def child_threads(settings: Settings) -> int:
    """Return the threads of a child: more than there are processors would only wait for each other."""
    threads: int = settings.threads
    return min(threads, usable_cpus())
