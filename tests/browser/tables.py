"""Small tables for the page's tests."""

from __future__ import annotations

import csv
import random
from pathlib import Path

HOUSES = ("id", "area", "rooms", "built", "garden", "district", "price")
DISTRICTS = ("Centre", "Harbour", "Hill", "North", "Old town")


def write(path: Path, header: tuple[str, ...], rows: list[tuple[object, ...]]) -> Path:
    """A CSV of these rows."""
    with open(path, "w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(header)
        writer.writerows(rows)
    return path


def houses(folder: Path, rows: int = 400) -> Path:
    """Prices of houses: numbers, a category, a truth value, an id, some missing cells."""
    chance = random.Random(0)

    def row(number: int) -> tuple[object, ...]:
        area, built = round(max(30.0, chance.gauss(120, 40)), 1), chance.randint(1900, 2023)
        garden, district = chance.choice(("yes", "no")), chance.choice(DISTRICTS)
        price = 2500 * area + 800 * (built - 1900) + 60_000 * (district == "Harbour") + chance.gauss(0, 20_000)
        rooms = "" if chance.random() < 0.05 else max(1, round(area / 28))
        return 1000 + number, area, rooms, built, garden, district, round(price)

    return write(folder / "houses.csv", HOUSES, [row(number) for number in range(rows)])


def churn(folder: Path, rows: int = 600) -> Path:
    """Customers who left, with a column that is known only afterwards."""
    chance = random.Random(1)

    def row(number: int) -> tuple[object, ...]:
        plan, calls = chance.choice(("basic", "plus", "pro")), chance.randint(0, 12)
        left = chance.random() < 0.1 + 0.05 * calls
        ended = f"2024-{chance.randint(1, 12):02}-01" if left else ""
        return f"C{number:05}", plan, calls, chance.randint(18, 80), ended, "yes" if left else "no"

    header = ("customer", "plan", "calls", "age", "cancelled_on", "churned")
    return write(folder / "churn.csv", header, [row(number) for number in range(rows)])


def wide(folder: Path, columns: int = 500, rows: int = 60) -> Path:
    """Many columns."""
    chance = random.Random(2)
    header = (*(f"sensor_{number:03}" for number in range(columns - 1)), "fault")
    made = [
        (*(round(chance.gauss(0, 1), 3) for _ in header[:-1]), chance.choice(("none", "pump"))) for _ in range(rows)
    ]
    return write(folder / "wide.csv", header, made)
