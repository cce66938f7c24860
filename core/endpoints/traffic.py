"""Aliases and traffic of an endpoint: what may be said, and what it comes to."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping

from core.domain.endpoints import CHAMPION, Endpoint, Traffic
from core.errors import Conflict, Invalid, NotFound

MAX_ALIASES = 32
"""Each line of the log repeats them all, and 20 lines stand in one row."""

_ALIAS = re.compile(r"[a-z][a-z0-9-]{0,31}")

Served = tuple[int | None, str | None, tuple[tuple[str, float, int | None], ...]]


def check_alias(alias: str) -> None:
    """Raise Invalid BAD_ALIAS if this cannot be the name of an alias."""
    if not _ALIAS.fullmatch(alias):
        rule = "An alias has 1 to 32 characters: a letter a-z, then letters, digits and hyphens."
        raise Invalid("BAD_ALIAS", f"{alias[:60]!r} cannot be an alias. {rule}", [{"field": "alias", "detail": rule}])


def with_alias(endpoint: Endpoint, alias: str, version: int) -> dict[str, int]:
    """Return the aliases with this one set; raises Conflict TOO_MANY_ALIASES."""
    aliases = {**endpoint.aliases, alias: version}
    if len(aliases) > MAX_ALIASES:
        detail = f"An endpoint has at most {MAX_ALIASES} aliases. Delete one that is no longer used."
        raise Conflict("TOO_MANY_ALIASES", detail)
    return aliases


def without_alias(endpoint: Endpoint, alias: str) -> dict[str, int]:
    """Return the aliases without this one; raises NotFound, and Conflict while something is served by it."""
    if alias == CHAMPION:
        detail = (
            f"The alias {CHAMPION!r} says what is served: it can be moved, not deleted. Delete the endpoint instead."
        )
        raise Conflict("ALIAS_NEEDED", detail)
    if alias not in endpoint.aliases:
        raise NotFound("alias", alias)
    if alias in endpoint.traffic.split or alias in endpoint.traffic.shadow:
        where = "split" if alias in endpoint.traffic.split else "shadow"
        detail = f"The alias {alias!r} stands in the {where} of the traffic. Take it out there first."
        raise Conflict("ALIAS_IN_USE", detail)
    return {name: version for name, version in endpoint.aliases.items() if name != alias}


def check_traffic(endpoint: Endpoint, traffic: Traffic) -> None:
    """Raise Invalid BAD_TRAFFIC, naming the field, if the endpoint's requests cannot be shared out like this."""
    if CHAMPION not in endpoint.aliases and (traffic.split or traffic.shadow):
        detail = f"There is no {CHAMPION!r} yet, which answers what the split leaves over. Set this alias first."
        raise Conflict("ALIAS_NEEDED", detail)
    for alias, share in traffic.split.items():
        _check_named(endpoint, alias, f"split.{alias}")
        if not (math.isfinite(share) and 0 < share < 1):
            raise _bad(f"split.{alias}", f"A share lies between 0 and 1, both excluded; {share:g} does not.")
    if sum(traffic.split.values()) >= 1:
        raise _bad("split", "The shares together must be below 1: the rest is the champion's.")
    if len(set(traffic.shadow)) != len(traffic.shadow):
        raise _bad("shadow", "Name each alias once.")
    for alias in traffic.shadow:
        _check_named(endpoint, alias, "shadow")


def served(aliases: Mapping[str, int], traffic: Traffic) -> Served:
    """Return what answers requests: equal for two states if each request is answered by the same version in both."""
    split = tuple((alias, share, aliases.get(alias)) for alias, share in sorted(traffic.split.items()))
    return aliases.get(CHAMPION), traffic.sticky if split else None, split


def aliases_of(endpoint: Endpoint, version: int) -> list[str]:
    """Return the aliases that lead to a version."""
    return sorted(alias for alias, number in endpoint.aliases.items() if number == version)


def _check_named(endpoint: Endpoint, alias: str, field: str) -> None:
    if alias == CHAMPION:
        raise _bad(field, f"{CHAMPION!r} has what the split leaves over: it is not named here.")
    if alias not in endpoint.aliases:
        known = ", ".join(repr(name) for name in sorted(endpoint.aliases) if name != CHAMPION) or "none yet"
        raise _bad(field, f"There is no alias {alias[:60]!r} of this endpoint: it has {known}.")


def _bad(field: str, detail: str) -> Invalid:
    return Invalid("BAD_TRAFFIC", f"{field}: {detail}", [{"field": field, "detail": detail}])
