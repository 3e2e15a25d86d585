"""`edihub evidence MESSAGE`: the proof that a partner received what we sent, to be verified without us."""

from __future__ import annotations

import io
import sys
import zipfile
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from hub.flow.hub import Hub

_FIXED = (1980, 1, 1, 0, 0, 0)


def evidence(
    message: Annotated[str, typer.Argument(metavar="MESSAGE", help="The id of a message or document, or its Message-ID.")],
    to: Annotated[Path | None, typer.Option("--to", metavar="FILE", help="The ZIP file to write; - is stdout.")] = None,
) -> None:
    """Write one ZIP file with the raw MDN, its signature and certificate, the MIC and the payload with its hash.

    VERIFY.txt in it holds the `openssl cms -verify` command that confirms it on a machine without edihub.

    Example: edihub evidence msg_0660d45ca0c4759d2c7411 --to proof.zip
    """
    from hub.cli.opened import opened_hub

    with opened_hub() as hub:
        name, files = _files(message, hub)
    data = _zipped(files)
    if to is not None and str(to) == "-":
        sys.stdout.buffer.write(data)
        return
    path = to or Path(f"evidence-{name}.zip")
    path.write_bytes(data)
    print(path)
    print(files["VERIFY.txt"].decode(), end="", file=sys.stderr)


def _files(wanted: str, hub: Hub) -> tuple[str, dict[str, bytes]]:
    from hub.errors import NotFound
    from hub.store.instants import from_micros
    from hub.store.message_items import message_of_item

    with hub.read() as view:
        sent = view.messages.get(message_of_item(view.connection, wanted))
        kept = view.messages.proofs_of(sent.id)
        proof = next((each for each in kept if each.id == (sent.receipt or {}).get("proof")), kept[0] if kept else None)
        if proof is None:
            raise NotFound(
                f"no receipt has come for {sent.id}", "look at its delivery light with `edihub show`", code="DLV-458"
            )
        raw, payload = view.payload(proof.id), view.payload(sent.id)
    connection = hub.site.connections.get(sent.connection)
    if connection is None or connection.spec.prove is None:
        raise NotFound(f"receipts over {sent.connection} prove nothing by themselves", "look at it with `edihub show`")
    prepared = sent.evidence.get("prepared", {})
    made = connection.spec.prove(hub.connector(sent.connection), raw, prepared, sent.sha256, from_micros(proof.created_at))
    return sent.id, {**made, "payload.bin": payload}


def _zipped(files: dict[str, bytes]) -> bytes:
    """The same files give the same bytes, whenever it is asked for."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in sorted(files.items()):
            archive.writestr(zipfile.ZipInfo(name, _FIXED), data, zipfile.ZIP_DEFLATED)
    return out.getvalue()
