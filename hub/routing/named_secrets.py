"""The secrets that a site's files name, looked for where they are said to be: `edihub lint` warns of those that are not there.

A warning, because the machine that lints need not be the one that runs the hub; `edihub doctor`, which runs there, makes it an error.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from pydantic import ValidationError

from hub.config import Document, load_file
from hub.config.document import Path as Place
from hub.diagnostics import Diagnostic
from hub.errors import HubError
from hub.ports import SecretReference
from hub.secrets.resolve import resolve

NOT_THERE = "CFG-409"
_WHERE = ("connections", "store", "queue", "webhooks", "alerts")


def secrets_not_there(root: Path, files: list[Path]) -> Iterator[Diagnostic]:
    """A warning for every `{env: NAME}`, `{file: PATH}` and `{secret: NAME}` that cannot be read here."""
    for path in files:
        document = load_file(path)
        for place in document.values:
            if place and place[0] in _WHERE and (reference := _reference(document, place)) is not None:
                yield from _looked_for(document, place, reference, root)


def _reference(document: Document, place: Place) -> SecretReference | None:
    value = document.get(place)
    if not isinstance(value, dict) or len(value) != 1 or not value.keys() <= SecretReference.model_fields.keys():
        return None
    try:
        return SecretReference.model_validate(value)
    except ValidationError:
        return None  # the schema has said so


def _looked_for(document: Document, place: Place, reference: SecretReference, root: Path) -> Iterator[Diagnostic]:
    try:
        resolve(reference.name, root)
    except HubError as missing:
        message = f"{missing.message}, seen from here"
        yield document.diagnostic(NOT_THERE, message, place, hint=missing.hint, level="warning")
