"""One configuration file from disk, as a `Document`; a file that cannot be read is a diagnostic like any other."""

from __future__ import annotations

from pathlib import Path as FilePath

from hub.config.document import Document
from hub.config.toml_text import load_toml
from hub.config.yaml_text import MAX_CHARACTERS, load_yaml
from hub.diagnostics import Diagnostic


def load_file(path: FilePath, name: str = "") -> Document:
    """Read a `.toml`, `.yaml` or `.yml` file; `name` is what diagnostics call it (default: the path as given)."""
    name = name or str(path)
    try:
        with path.open("rb") as stream:
            data = stream.read(4 * MAX_CHARACTERS + 1)
        text = data.decode("utf-8-sig")
    except OSError as wrong:
        reason = (wrong.strerror or "unreadable").lower()
        return _unreadable(name, f"cannot read the file: {reason}", "check the path and its permissions")
    except UnicodeDecodeError as wrong:
        line = data.count(b"\n", 0, wrong.start) + 1
        column = wrong.start - data.rfind(b"\n", 0, wrong.start)
        return _unreadable(name, "not UTF-8 text", "save the file as UTF-8", line, column)
    return load_toml(text, name) if path.suffix == ".toml" else load_yaml(text, name)


def _unreadable(name: str, message: str, hint: str, line: int = 1, column: int = 1) -> Document:
    wrong = Diagnostic(file=name, line=line, column=column, level="error", code="CFG-110", message=message, hint=hint)
    return Document(file=name, value=None, diagnostics=(wrong,))
