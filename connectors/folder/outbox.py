"""The sending side: written beside its final name, made durable, renamed into sight, then proved by listing it."""

from __future__ import annotations

import hashlib
import os
import re
from pathlib import Path, PurePosixPath

from connectors.folder.files import digest_of, holds, place_durably, sync_folder
from connectors.folder.settings import FolderSettings
from hub.errors import PermanentDeliveryError, TemporaryDeliveryError, UncertainDeliveryError
from hub.ports import OutboundDocument, Receipt

_UNSAFE = re.compile(r"[^A-Za-z0-9._-]")
_DEVICES = re.compile(r"(con|prn|aux|nul|com\d|lpt\d)(\..*)?", re.IGNORECASE)
_LONGEST = 200


class FolderSender:
    """Delivers into one outbox folder; the same key gives the same name, and the same bytes are not written twice."""

    def __init__(self, settings: FolderSettings) -> None:
        if settings.outbox is None:
            raise ValueError("a sender needs an outbox")
        self._settings = settings
        self._outbox = settings.outbox

    def check(self) -> None:
        """Raise unless files can be created in the outbox."""
        if not self._outbox.is_dir() or not os.access(self._outbox, os.W_OK | os.X_OK):
            raise self._gone()

    def close(self) -> None:
        """Nothing is held open."""

    def send(self, document: OutboundDocument) -> Receipt:
        """Write the document under its name; never over another document that still waits there."""
        name = file_name(self._settings.name, document)
        final = self._outbox / name
        digest = self._write(final, document)
        try:
            sync_folder(self._outbox)
        except OSError as fault:
            raise UncertainDeliveryError(
                f"{name} stands in the outbox, but the disk did not confirm it: {fault.strerror}",
                "the hub sends the same file again under the same name",
                code="DLV-417",
            ) from fault
        return self._receipt(name, document, digest)

    def _write(self, final: Path, document: OutboundDocument) -> str:
        """Write beside the final name and rename; the digest of what stands there afterwards."""
        part = final.with_name(f"{final.name}.{_token(document.idempotency_key)}.part")
        try:
            return place_durably(final, document.pieces, part)
        except FileExistsError as fault:
            part.unlink(missing_ok=True)
            # The same bytes are an earlier attempt of ours whose outcome was lost.
            if holds(final, document.size, document.pieces()):
                return digest_of(document.pieces())
            raise _waits(final.name) from fault
        except (FileNotFoundError, NotADirectoryError, PermissionError) as fault:
            raise self._gone() from fault
        except OSError as fault:
            part.unlink(missing_ok=True)
            raise TemporaryDeliveryError(
                f"{final.name} could not be written to the outbox: {fault.strerror}",
                "look at the space and the rights of the outbox; nothing of the document is visible there",
                code="DLV-414",
            ) from fault

    def _receipt(self, name: str, document: OutboundDocument, digest: str) -> Receipt:
        """The proof: the size that the folder has under the name; a file that the partner took at once is not there any more."""
        try:
            size = (self._outbox / name).lstat().st_size
        except FileNotFoundError:
            size = None
        if size is not None and size != document.size:
            raise UncertainDeliveryError(
                f"{name} is listed with {size} bytes instead of {document.size}",
                "somebody writes into the outbox; look at the file before sending again",
                code="DLV-418",
            )
        evidence = {"file": name, "size": document.size, "sha256": digest, "listed": size is not None}
        return Receipt(reference=name, evidence=evidence)

    def _gone(self) -> TemporaryDeliveryError:
        return TemporaryDeliveryError(
            f"the outbox {self._outbox} is not there or may not be written",
            "create the folder, mount the share, or mend its rights for the hub's user",
            code="DLV-411",
        )


def file_name(template: str, document: OutboundDocument) -> str:
    """The document's file name: safe on every file system, inside the outbox whatever the document is called.

    It depends on nothing but the document: a second attempt finds what the first one left. Where the suggested name had to be changed, the key's digest is added, so that two documents never share a name.
    """
    token = _token(document.idempotency_key)
    base = document.name
    if "/" in base or "\\" in base:
        base = PurePosixPath(base.replace("\\", "/")).name
    plain = _UNSAFE.sub("_", base).lstrip(".")
    if plain != document.name or not plain:
        stem, suffix = PurePosixPath(plain).stem, PurePosixPath(plain).suffix
        plain = f"{stem or 'document'}-{token}{suffix}"
    name = plain if template == "{name}" else _filled(template, plain, token)
    if not name or len(name) > _LONGEST or _DEVICES.fullmatch(name):
        raise PermanentDeliveryError(
            f"the connection's name template makes no usable file name of {len(name)} characters",
            "change `name` of the connection; {key} is always short and unique",
            code="DLV-412",
        )
    return name


def _filled(template: str, plain: str, token: str) -> str:
    named = PurePosixPath(plain)
    return template.format_map({"name": plain, "stem": named.stem, "suffix": named.suffix, "key": token}).lstrip(".")


def _token(key: str) -> str:
    return hashlib.sha256(key.encode()).hexdigest()[:12]


def _waits(name: str) -> TemporaryDeliveryError:
    return TemporaryDeliveryError(
        f"another file named {name} still waits in the outbox",
        "it is sent once the partner has taken that file; put {key} into the connection's name template to avoid waiting",
        code="DLV-419",
    )
