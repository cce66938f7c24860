"""Names of months in the languages that write them in Latin letters, in full and short."""

from __future__ import annotations

_LANGUAGES = (
    "january february march april may june july august september october november december",
    "januar februar märz april mai juni juli august september oktober november dezember",
    "janvier février mars avril mai juin juillet août septembre octobre novembre décembre",
    "enero febrero marzo abril mayo junio julio agosto septiembre octubre noviembre diciembre",
    "gennaio febbraio marzo aprile maggio giugno luglio agosto settembre ottobre novembre dicembre",
    "janeiro fevereiro março abril maio junho julho agosto setembro outubro novembro dezembro",
    "januari februari maart april mei juni juli augustus september oktober november december",
)
# Besides the first three and four letters: what abbreviations have of their own.
_SHORT = {
    "mrz": 3, "mär": 3, "mrt": 3, "maerz": 3, "janv": 1, "fév": 2, "févr": 2, "fevr": 2, "fev": 2, "juil": 7, "aou": 8,
    "aoû": 8, "aout": 8, "déc": 12, "sept": 9, "set": 9, "okt": 10, "jän": 1, "jänner": 1, "maj": 5, "avg": 8,
}  # fmt: skip


def _named() -> dict[str, int]:
    found: dict[str, int] = {}
    for names in _LANGUAGES:
        for number, name in enumerate(names.split(), 1):
            # Four letters first: French June and July begin with the same three.
            for text in (name, name[:4], *([] if name[:3] == "jui" else [name[:3]])):
                found[text] = number
    return found | _SHORT


MONTHS = _named()
"""Number of the month, 1 to 12, by its name or abbreviation in lower case."""
