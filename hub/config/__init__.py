"""Files a person wrote, read so that every mistake is reported at once, with file, line, column and a cure.

`load_yaml` and `load_toml` turn text into a `Document` (plain values that remember their places); `check` turns a
`Document` into a pydantic model or diagnostics.
"""

from __future__ import annotations

from hub.config.check import Checked, check, mistake
from hub.config.document import Document, Path
from hub.config.files import load_file
from hub.config.spelling import did_you_mean
from hub.config.toml_text import load_toml
from hub.config.yaml_text import load_yaml

__all__ = ["Checked", "Document", "Path", "check", "did_you_mean", "load_file", "load_toml", "load_yaml", "mistake"]
