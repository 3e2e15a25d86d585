"""`edihub replay ID`: process stored bytes again, with the site as it is now."""

from __future__ import annotations

import sys
from typing import Annotated

import typer


def replay(
    wanted: Annotated[str, typer.Argument(metavar="ID", help="The id of a held, rejected or quarantined message or document.")],
    discard: Annotated[
        bool, typer.Option("--discard", help="Do not process it: end its waiting, keep it as evidence.")
    ] = False,
    reason: Annotated[str, typer.Option(help="Why it is discarded.")] = "",
) -> None:
    """Process something that arrived again; nothing is acknowledged twice. A running hub does it within a second.

    Example: edihub replay doc_0660d45ca0c4759d2c7411
    """
    from hub.cli.opened import opened_hub, who
    from hub.flow.replay import discard as end
    from hub.flow.replay import replay as process_again

    with opened_hub() as hub:
        found = end(wanted, hub, actor=who(), reason=reason) if discard else process_again(wanted, hub, actor=who())
    print(found)
    print("discarded" if discard else "queued for processing", file=sys.stderr)
