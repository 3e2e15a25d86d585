"""`edihub bench [NAME]`: the benchmarks, as tables or JSON."""

from __future__ import annotations

import importlib
import importlib.util
import json as json_module
import sys
from typing import Annotated, Any

import typer

from hub.bench import BENCHES
from hub.cli.terminal import paint

_NAMES = ", ".join(BENCHES)


def bench(
    name: Annotated[str, typer.Argument(help=f"Which one: {_NAMES}; all where none is named.")] = "",
    json: Annotated[bool, typer.Option("--json", help="Print one JSON document.")] = False,
    option: Annotated[
        list[str] | None, typer.Option("--set", metavar="KEY=VALUE", help="An option of the benchmark, such as size=10.")
    ] = None,
) -> None:
    """Measure the hub beside a floor and beside other libraries, in one run."""
    if name and name not in BENCHES:
        raise typer.BadParameter(f"no benchmark {name!r}; there are {_NAMES}")
    options = dict(one.partition("=")[::2] for one in option or [])
    names = [name] if name else [one for one, module in BENCHES.items() if importlib.util.find_spec(module)]
    results = {}
    for one in names:
        print(f"{one}: measuring, this takes a while", file=sys.stderr)
        results[one] = importlib.import_module(BENCHES[one]).run(options)
        if not json:
            _print(one, results[one])
    if json:
        print(json_module.dumps(results[name] if name else results, indent=2, default=str))
    raise typer.Exit(int(any(not bar["met"] for result in results.values() for bar in result.get("bars", []))))


def _print(name: str, result: dict[str, Any]) -> None:
    print(paint(name, "bold", sys.stdout))
    table = result.get("table")
    if table:
        _print_table(table["columns"], table["rows"])
    else:
        _print_values({key: value for key, value in result.items() if key not in {"bars", "notes"}})
    for bar in result.get("bars", []):
        verdict = paint("met", "green", sys.stdout) if bar["met"] else paint("missed", "red", sys.stdout)
        print(f"  {bar['what']}: {bar['value']} (bar {bar['bar']}) {verdict}")
    for note in result.get("notes", []):
        print(f"  {note}")


def _print_table(columns: list[str], rows: list[list[Any]]) -> None:
    lines = [[str(cell) for cell in row] for row in [columns, *rows]]
    widths = [max(len(line[column]) for line in lines) for column in range(len(columns))]
    for number, line in enumerate(lines):
        cells = [
            cell.ljust(width) if column < 2 else cell.rjust(width)
            for column, (cell, width) in enumerate(zip(line, widths, strict=True))
        ]
        text = "  " + "  ".join(cells).rstrip()
        print(paint(text, "dim", sys.stdout) if number == 0 else text)


def _print_values(values: dict[str, Any], path: str = "") -> None:
    for key, value in values.items():
        if isinstance(value, dict):
            _print_values(value, f"{path}{key}.")
        else:
            print(f"  {path}{key}: {value}")
