"""Numbers: what a cell says as an amount, in the spelling of any country.

`1,234.5`, `1.234,5`, `1 234,5`, `1'234.5` and `12,34,567` are read, with a currency or a percent sign on either side;
negative ones with a minus before or after (`123,45-`), in parentheses, or typed as text (`'-47`).
"""

from __future__ import annotations

import math
import re
from datetime import timedelta

from automl.parsing.units import UNITS_BY_DIMENSION, parse_quantity

NAN = math.nan
MAX_CHARACTERS = 64
"""Maximum characters of a number: the pattern below should not meet a megabyte."""

ANY_UNIT = "*"
"""The unit of a column whose cells each carry one of their own, which counts by itself: 5 boxes, 3 packs."""
_ENDING = re.compile(r"(?<=[0-9])\s*([^\W\d_°]{1,20}[²³]?|°\s?[^\W\d_])\.?$")

_CODES = [
    "USD",
    "EUR",
    "GBP",
    "CHF",
    "JPY",
    "CNY",
    "INR",
    "AUD",
    "CAD",
    "NZD",
    "SEK",
    "NOK",
    "DKK",
    "PLN",
    "CZK",
    "HUF",
    "RON",
    "RUB",
    "UAH",
    "TRY",
    "BRL",
    "MXN",
    "ARS",
    "CLP",
    "COP",
    "ZAR",
    "NGN",
    "KRW",
    "SGD",
    "HKD",
    "TWD",
    "THB",
    "IDR",
    "MYR",
    "PHP",
    "VND",
    "ILS",
    "AED",
    "SAR",
]
_SYMBOLS = {
    "US$": "USD", "A$": "AUD", "AU$": "AUD", "C$": "CAD", "CA$": "CAD", "NZ$": "NZD", "HK$": "HKD", "S$": "SGD",
    "R$": "BRL", "$": "USD", "€": "EUR", "£": "GBP", "¥": "JPY", "₹": "INR", "Rs.": "INR", "Rs": "INR", "₽": "RUB",
    "₩": "KRW", "₺": "TRY", "₴": "UAH", "₫": "VND", "฿": "THB", "₪": "ILS", "₱": "PHP", "₦": "NGN", "kr.": "kr",
    "kr": "kr", "zł": "PLN", "Kč": "CZK", "Ft": "HUF", "Fr.": "CHF", "元": "CNY", "円": "JPY",
}  # fmt: skip
_CURRENCIES = {**_SYMBOLS, **{code: code for code in _CODES}}
CURRENCY = "(?:" + "|".join(re.escape(each) for each in sorted(_CURRENCIES, key=len, reverse=True)) + ")"
"""Pattern of a currency, as symbol or code."""

_SWAPPED = str.maketrans(",.", ".,")
_MINUS = "-−–‐‑﹣－"
_LOOSE = re.compile(
    rf"['‘’`]?\s*(?P<money1>{CURRENCY})?\s*(?P<bracket>\()?\s*(?P<money2>{CURRENCY})?\s*(?P<sign>[{_MINUS}+])?\s*"
    rf"(?P<money3>{CURRENCY})?\s*(?P<body>[0-9.,][0-9.,'’\s]*?)(?P<exponent>[eE][-+]?[0-9]+)?\s*"
    rf"(?P<percent1>%)?(?P<money4>{CURRENCY})?\s*(?P<after>[{_MINUS}])?\s*(?P<closed>\))?\s*"
    rf"(?P<percent2>%)?(?P<money5>{CURRENCY})?"
)
_MONEY = ("money1", "money2", "money3", "money4", "money5")
# Thousands never begin with a zero: 0,125 can only be a decimal.
_BODY = {
    ".": re.compile(r"(?:[0-9]+|[1-9][0-9]{0,2}(?P<by>[,'’\s])(?:[0-9]{2,3}(?P=by))*[0-9]{3})?(?:\.[0-9]*)?"),
    ",": re.compile(r"(?:[0-9]+|[1-9][0-9]{0,2}(?P<by>[.'’\s])(?:[0-9]{3}(?P=by))*[0-9]{3})?(?:,[0-9]*)?"),
}


def parse_number(value: object, decimal: str = ".", unit: str = "") -> float:
    """Return a finite float, or NaN.

    Reads `1,234.5`, `1 234,5` (decimal ","), `$5`, `12%` (as 12), `(3)` and `3-` (as -3), `1e3`; infinities are
    missing.

    Args:
        value: text or a Python or NumPy scalar.
        decimal: the column's decimal sign, "." or ",".
        unit: a suffix every cell of the column may carry, such as "kg", lower case; or `ANY_UNIT`; or one of
            `units.UNITS_BY_DIMENSION`, to which cells of many units are brought.
    """
    if type(value) is str:
        return _number_of_text(value, decimal, unit)
    if value is None:
        return NAN
    if isinstance(value, timedelta):
        return value.total_seconds()
    try:
        number = float(value)  # type: ignore[arg-type]
    except (TypeError, ValueError, OverflowError):
        return NAN
    return number if math.isfinite(number) else NAN


def parse_strictly(text: str, decimal: str) -> float:
    """Return the number that the text is under this decimal sign, NaN where it is one under the other sign only."""
    found = _match(text.strip())
    return NAN if found is None else _value(found, decimal)


def _number_of_text(text: str, decimal: str, unit: str) -> float:
    if decimal == "." or ("." not in text and "," not in text):
        try:
            number = float(text)
        except ValueError:
            pass
        else:
            return number if math.isfinite(number) and "_" not in text else NAN
    text = text.strip()
    if unit in UNITS_BY_DIMENSION:
        for written in (text.translate(_SWAPPED), text) if decimal == "," else (text,):
            quantity = parse_quantity(written, unit)
            if quantity == quantity:
                return quantity
    elif unit == ANY_UNIT:
        ending = _ENDING.search(text)
        text = text[: ending.start()] if ending else text
    elif unit and text.lower().endswith(unit):
        text = text[: -len(unit)].rstrip()
    found = _match(text)
    if found is None:
        return NAN
    number = _value(found, decimal)
    # 3.5 in a column of decimal commas, as a program would send it.
    return _value(found, ".") if number != number and decimal == "," else number


def _match(text: str) -> re.Match[str] | None:
    if not text or len(text) > MAX_CHARACTERS:
        return None
    found = _LOOSE.fullmatch(text)
    if found is None or (found["bracket"] is None) != (found["closed"] is None):
        return None
    signs = [each for each in (found["sign"], found["after"], found["bracket"]) if each]
    marks = [name for name in (*_MONEY, "percent1", "percent2") if found[name]]
    return found if len(signs) <= 1 and len(marks) <= 1 else None


def _value(found: re.Match[str], decimal: str) -> float:
    body = found["body"].strip()
    shape = _BODY[decimal].fullmatch(body)
    if shape is None:
        return NAN
    if shape["by"]:
        body = body.replace(shape["by"], "")
    try:
        number = float(body.replace(decimal, ".") + (found["exponent"] or ""))
    except ValueError:
        return NAN
    if not math.isfinite(number):
        return NAN
    negative = found["bracket"] or found["after"] or (found["sign"] or "+") != "+"
    return -number if negative else number


def mark_of_number(text: str, unit: str = "") -> str:
    """Return the currency of an amount as its code, "%", or its ending under `ANY_UNIT`; "" where there is none."""
    text = text.strip()
    if unit == ANY_UNIT:
        ending = _ENDING.search(text)
        return ending[1].lower() if ending else ""
    found = _match(text)
    if found is None:
        return ""
    if found["percent1"] or found["percent2"]:
        return "%"
    return next((_CURRENCIES[found[name]] for name in _MONEY if found[name]), "")


_WHOLE = re.compile(r"\s*(?P<sign>[+-])?0*(?P<digits>[0-9]+)(?:\.0*)?\s*", re.ASCII)


def canonical_integer(text: str) -> str | None:
    """Return a whole number's digits, exact however long, or None: `007`, `7.0` and ` 7` are `7`."""
    found = _WHOLE.fullmatch(text)
    if found is None:
        return None
    digits = found["digits"].lstrip("0") or "0"
    return f"-{digits}" if found["sign"] == "-" and digits != "0" else digits
