"""`edihub guide list` and `edihub guide print NAME`: the message guides, and one of them as a table."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from hub.guides.printed import PrintedRow

app = typer.Typer(no_args_is_help=True, help="List the guides and print one as a table.")

_HEADS = ("place", "name", "use", "form", "values", "meaning")


@app.command("list")
def list_guides(json: Annotated[bool, typer.Option("--json", help="Print one JSON document.")] = False) -> None:
    """Every guide there is, with its document and title."""
    from hub.cli.partner import view

    library = view().library
    texts = [library.text(name) for name in library.guide_names()]
    if json:
        import msgspec

        items = [{"name": each.name, "document": each.document, "title": each.title, "extends": each.extends} for each in texts]
        print(msgspec.json.encode({"items": items, "next": None}).decode())
        return
    width = max((len(each.name) for each in texts), default=0)
    for each in texts:
        print(f"{each.name:<{width}}  {each.document:<16}  {each.title}")


@app.command("print")
def print_guide(
    name: Annotated[str, typer.Argument(metavar="NAME", help="Such as x12/004010/850.")],
    markdown: Annotated[bool, typer.Option("--markdown", help="A Markdown table, to send to a partner.")] = False,
) -> None:
    """A guide as a table: segments in order, use, length, values, meaning.

    Example: edihub guide print edifact/D96A/ORDERS --markdown
    """
    from hub.cli.partner import view
    from hub.guides.guide import guide
    from hub.guides.printed import printed

    chosen = guide(name, view().library)
    rows = [_cells(row) for row in printed(chosen)]
    print(f"# {chosen.name}: {chosen.text.title}\n" if markdown else f"{chosen.name}: {chosen.text.title}\n")
    if chosen.text.note:
        print(f"{chosen.text.note}\n")
    if markdown:
        print("| " + " | ".join(_HEADS) + " |\n|" + "---|" * len(_HEADS))
        for cells in rows:
            print("| " + " | ".join(cell.replace("|", "\\|").replace("  ", "&nbsp;&nbsp;") for cell in cells) + " |")
        return
    widths = [min(max(len(cells[at]) for cells in [_HEADS, *rows]), limit) for at, limit in enumerate((22, 34, 3, 9, 40, 200))]
    for cells in [_HEADS, *rows]:
        print("  ".join(f"{cell:<{width}}" for cell, width in zip(cells, widths, strict=True)).rstrip())


def _cells(row: PrintedRow) -> tuple[str, ...]:
    return ("  " * row.depth + row.place, row.name, row.use, row.form, row.values, row.meaning)
