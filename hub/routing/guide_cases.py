"""The `tests:` of a guide, run: each names a wire file and the canonical document it must be read as.

Paths are relative to the site folder (the folder that holds `mappings/`). `source` is compared only where the expected
document says something about it.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from hub.config import Document, load_file
from hub.config.document import Path as Place
from hub.diagnostics import Diagnostic
from hub.errors import HubError
from hub.guides.library import Library
from hub.guides.stream import Stream
from hub.guides.understand import Choice
from hub.model import encode_document

LISTED = 5


def run_cases(library: Library, name: str, guide_file: Path, root: Path) -> list[Diagnostic]:
    """Run every case of a guide that compiles; a case that fails is an error at its line."""
    document = load_file(guide_file)
    cases = document.get(("tests",))
    found: list[Diagnostic] = []
    for index, case in enumerate(cases if isinstance(cases, list) else []):
        if isinstance(case, dict):
            found += _run(library, name, document, ("tests", index), case, root)
    return found


def _run(library: Library, name: str, document: Document, path: Place, case: dict[str, Any], root: Path) -> list[Diagnostic]:
    try:
        wire = (root / str(case.get("wire", ""))).read_bytes()
        expected = json.loads((root / str(case.get("canonical", ""))).read_text())
    except (OSError, ValueError) as wrong:
        reason = wrong.strerror if isinstance(wrong, OSError) else str(wrong)
        message = f"the case cannot be run: {reason}"
        return [document.diagnostic("CFG-502", message, path, hint="`wire` and `canonical` name files below the site folder")]
    try:
        documents = list(_understood(wire, library, name))
    except HubError as wrong:
        return [document.diagnostic("CFG-501", f"the case fails: {wrong.message}", path, hint=wrong.hint)]
    wanted = expected if isinstance(expected, list) else [expected]
    if len(documents) != len(wanted):
        message = f"the case fails: {len(documents)} documents, {len(wanted)} expected"
        return [document.diagnostic("CFG-501", message, path, hint="one canonical document for each message of the wire file")]
    differences = [line for got, want in zip(documents, wanted, strict=True) for line in _differences(got, want, "")]
    if not differences:
        return []
    more = f" and {len(differences) - LISTED} more" if len(differences) > LISTED else ""
    message = f"the case fails: {'; '.join(differences[:LISTED])}{more}"
    return [document.diagnostic("CFG-501", message, path, hint="correct the guide, or the expected document if it is wrong")]


def _understood(wire: bytes, library: Library, name: str) -> Iterator[dict[str, Any]]:
    for found in Stream(library, lambda _message: Choice(guide=name)).read(wire):
        yield json.loads(encode_document(found.document)) if found.document is not None else {}


def _differences(got: Any, want: Any, path: str) -> Iterator[str]:
    """Every member that differs, by its path, with what was read and what was expected."""
    if isinstance(got, dict) and isinstance(want, dict):
        names = [*want, *(name for name in got if name not in want and not (name == "source" and not path))]
        for name in names:
            yield from _differences(got.get(name), want.get(name), f"{path}.{name}" if path else name)
    elif isinstance(got, list) and isinstance(want, list) and len(got) == len(want):
        for index, (one, other) in enumerate(zip(got, want, strict=True)):
            yield from _differences(one, other, f"{path}[{index}]")
    elif got != want:
        yield f"{path} is {_shown(got)}, not {_shown(want)}"


def _shown(value: Any) -> str:
    text = "absent" if value is None else json.dumps(value, ensure_ascii=False)
    return text if len(text) <= 60 else text[:57] + "..."
