"""The sending side: written beside its final name, made durable, renamed into sight, then proved by listing it."""

from __future__ import annotations

import hashlib
import os
import re
from collections.abc import Sequence
from contextlib import nullcontext, suppress
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from connectors.folder.files import Laid, holds, sync_folder
from connectors.folder.settings import FolderSettings
from hub.errors import DeliveryError, PermanentDeliveryError, TemporaryDeliveryError, UncertainDeliveryError
from hub.ports import OutboundDocument, Receipt, Waiting

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
            raise _gone(self._outbox)

    def close(self) -> None:
        """Nothing is held open."""

    def send(self, document: OutboundDocument) -> Receipt:
        """Write the document under its name; never over another document that still waits there."""
        (outcome,) = self.send_many([document], nullcontext)
        if isinstance(outcome, DeliveryError):
            raise outcome
        return outcome

    def send_many(self, documents: Sequence[OutboundDocument], waiting: Waiting) -> list[Receipt | DeliveryError]:
        """The same for several: all are written, then the disk is waited for, then each gets its name, and the folder is synced once."""
        steps = [self._lay(document) for document in documents]
        with waiting():
            steps = [_synced(step) for step in steps]
        steps = [_published(step) for step in steps]
        if not any(isinstance(step, _Step) for step in steps):
            return [step for step in steps if not isinstance(step, _Step)]
        try:
            with waiting():
                sync_folder(self._outbox)
        except OSError as fault:
            return [_unconfirmed(step, fault) if isinstance(step, _Step) else step for step in steps]
        return [self._receipt(step) if isinstance(step, _Step) else step for step in steps]

    def _lay(self, document: OutboundDocument) -> _Step | DeliveryError:
        try:
            name = file_name(self._settings.name, document)
        except DeliveryError as failure:
            return failure
        final = self._outbox / name
        part = final.with_name(f"{name}.{_token(document.idempotency_key)}.part")
        try:
            laid = Laid(final, document.pieces, part)
        except OSError as fault:
            return _failure(final, part, fault)
        return _Step(document=document, final=final, part=part, laid=laid)

    def _receipt(self, step: _Step) -> Receipt | DeliveryError:
        """The proof: the size that the folder has under the name; a file that the partner took at once is not there any more."""
        name, expected = step.final.name, step.document.size
        size: int | None = None
        try:
            size = step.final.lstat().st_size
        except FileNotFoundError:
            pass
        except OSError as fault:
            return _unconfirmed(step, fault)
        if size is not None and size != expected:
            return UncertainDeliveryError(
                f"{name} is listed with {size} bytes instead of {expected}",
                "somebody writes into the outbox; look at the file before sending again",
                code="DLV-418",
            )
        evidence = {"file": name, "size": expected, "sha256": step.laid.digest, "listed": size is not None}
        return Receipt(reference=name, evidence=evidence)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Step:
    """A document on its way into the folder."""

    document: OutboundDocument
    final: Path
    part: Path
    laid: Laid


def _synced(step: _Step | DeliveryError) -> _Step | DeliveryError:
    if isinstance(step, _Step):
        try:
            step.laid.sync()
        except OSError as fault:
            step.laid.drop()
            return _failure(step.final, step.part, fault)
    return step


def _published(step: _Step | DeliveryError) -> _Step | DeliveryError:
    if isinstance(step, _Step):
        try:
            step.laid.publish()
        except FileExistsError:
            step.part.unlink(missing_ok=True)
            # The same bytes are an earlier attempt of ours whose outcome was lost.
            if not holds(step.final, step.document.size, step.document.pieces()):
                return _waits(step.final.name)
        except OSError as fault:
            return _failure(step.final, step.part, fault)
    return step


def _failure(final: Path, part: Path, fault: OSError) -> DeliveryError:
    """What a file that could not be written means; nothing of it is visible."""
    if isinstance(fault, (FileNotFoundError, NotADirectoryError, PermissionError)):
        return _because_of(fault, _gone(final.parent))
    with suppress(OSError):
        part.unlink(missing_ok=True)
    failure = TemporaryDeliveryError(
        f"{final.name} could not be written to the outbox: {fault.strerror}",
        "look at the space and the rights of the outbox; nothing of the document is visible there",
        code="DLV-414",
    )
    return _because_of(fault, failure)


def _unconfirmed(step: _Step, fault: OSError) -> DeliveryError:
    failure = UncertainDeliveryError(
        f"{step.final.name} stands in the outbox, but the disk did not confirm it: {fault.strerror}",
        "the hub sends the same file again under the same name",
        code="DLV-417",
    )
    return _because_of(fault, failure)


def _gone(outbox: Path) -> DeliveryError:
    return TemporaryDeliveryError(
        f"the outbox {outbox} is not there or may not be written",
        "create the folder, mount the share, or mend its rights for the hub's user",
        code="DLV-411",
    )


def _because_of(fault: OSError, failure: DeliveryError) -> DeliveryError:
    """A failure that is returned, not raised, with the fault behind it."""
    failure.__cause__ = fault
    return failure


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
