"""`edihub resend ID`: the same bytes under the same control number, once more."""

from __future__ import annotations

import sys
from typing import Annotated

import typer


def resend(wanted: Annotated[str, typer.Argument(metavar="ID", help="The id of an outgoing message or document.")]) -> None:
    """Queue something we sent for delivery again, byte for byte. A running hub sends it within a second.

    Example: edihub resend msg_0660d45ca0c4759d2c7411
    """
    from hub.cli.opened import opened_hub, who
    from hub.flow.resend import resend as send_again

    with opened_hub() as hub:
        message_id = send_again(wanted, hub, actor=who())
    print(message_id)
    print("queued for delivery", file=sys.stderr)
