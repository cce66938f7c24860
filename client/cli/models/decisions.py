"""Offer the command about decision rules: decide."""

from __future__ import annotations

from typing import Annotated

import typer

from ...client import Client
from ...display.formatting import cell
from ...display.terminal import command, console, make_table, program, show_json
from ...resources._base import options_given
from ...types.decisions import DecisionCurve, DecisionRule
from ..datasets import JsonOption
from .models import ModelArgument

WORTH = "Negative is a cost. Default: 0; without any of the four each error costs 1."


@command
def decide(  # noqa: PLR0913 (Typer: one parameter an option)
    model: ModelArgument,
    tp: Annotated[float | None, typer.Option(help=f"What a hit is worth. {WORTH}")] = None,
    fp: Annotated[float | None, typer.Option(help="What a false alarm is worth.")] = None,
    fn: Annotated[float | None, typer.Option(help="What a miss is worth.")] = None,
    tn: Annotated[float | None, typer.Option(help="What a row rightly passed over is worth.")] = None,
    threshold: Annotated[
        float | None, typer.Option(help="Answer the positive label from this probability on; saves it.")
    ] = None,
    positive: Annotated[str | None, typer.Option(help="The label it is about. Default: the positive class.")] = None,
    save: Annotated[bool, typer.Option("--save", help="Answer by the best threshold from now on.")] = False,
    clear: Annotated[bool, typer.Option("--clear", help="Answer as the model was trained again.")] = False,
    why: Annotated[str, typer.Option(help="Why, in words; it is kept with the rule.")] = "",
    as_json: JsonOption = False,
) -> None:
    """Choose from which probability on a model answers its positive label, by what its predictions are worth.

    Every way of predicting answers by a threshold that is saved; probabilities and scores stay as they are.

    For example:

    nobrains decide MODEL --tp 50 --fp -10

    nobrains decide MODEL --tp 50 --fp -10 --save --why "a call costs 10"

    nobrains decide MODEL --threshold 0.3
    """
    if sum((clear, save, threshold is not None)) > 1:
        raise typer.BadParameter("Give one of --threshold, --save and --clear.")
    with Client() as client:
        if clear:
            client.clear_decision(model)
            console().print(f"Model {model} answers as it was trained.", markup=False)
            return
        worths = options_given(tp=tp, fp=fp, fn=fn, tn=tn)
        if threshold is not None:
            gains = {"tp": 0.0, "fp": 0.0, "fn": 0.0, "tn": 0.0, **worths} if worths else None
            _print_rule(client.set_decision(model, threshold, positive=positive, gains=gains, why=why).decision)
            return
        curve = client.decision(model, positive=positive, **worths)
        if as_json:
            show_json(curve.raw)
        else:
            _print_curve(curve)
        if save:
            saved = client.set_decision(
                model, curve.best.threshold, positive=curve.positive, gains=curve.gains, why=why
            )
            _print_rule(saved.decision)
        elif not as_json:
            console().print(f"Next: {program()} decide {model} … --save", markup=False)


def _print_curve(curve: DecisionCurve) -> None:
    out, best, label = console(), curve.best, cell(curve.positive)
    out.print(
        f"Best: answer {label} where its probability is at least {best.threshold:.3g}"
        f" ({best.threshold_low:.3g} to {best.threshold_high:.3g} may be as good).",
        style="bold",
        markup=False,
    )
    rows = [
        ("best", best.threshold, f"{best.profit:,.6g} ({best.low:,.4g} to {best.high:,.4g})", f"{best.called:.1%}"),
        (
            "now", curve.current.threshold,
            f"{curve.current.profit:,.6g} ({curve.current.low:,.4g} to {curve.current.high:,.4g})",
            f"{curve.current.called:.1%}",
        ),
        (f"always {label}", None, f"{curve.always:,.6g}", "100%"),
        (f"never {label}", None, f"{curve.never:,.6g}", "0%"),
    ]  # fmt: skip
    table = [(name, "" if at is None else f"{at:.3g}", profit, called) for name, at, profit, called in rows]
    out.print(make_table(("", "threshold", "profit of 1,000 rows", "called"), table))
    found = curve.improvement
    out.print(
        f"Over now: {found.get('value', 0.0):+,.6g} of 1,000 rows ({found.get('low', 0.0):+,.4g} to"
        f" {found.get('high', 0.0):+,.4g}), measured on {curve.rows:,} rows ({cell(curve.method)}).",
        markup=False,
    )


def _print_rule(rule: DecisionRule | None) -> None:
    assert rule is not None
    console().print(
        f"From now on {cell(rule.positive)} is answered where its probability is at least {rule.threshold:.3g}.",
        style="bold green",
        markup=False,
    )


def register(app: typer.Typer) -> None:
    """Add this command to `app`."""
    app.command()(decide)
