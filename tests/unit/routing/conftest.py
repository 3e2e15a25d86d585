"""A site folder made of a few lines of text."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from hub.routing.load import Examined, examine_site

HUB = """\
name = "test"
[identities.main]
x12 = "ZZ:EDIHUB"
gln = "5412345000020"
[connections.drop]
connector = "folder"
settings = {inbox = "inbox", outbox = "outbox"}
"""

GUIDES = (
    "x12/004010/850", "x12/004010/855", "x12/005010/850", "x12/005010/855", "edifact/D96A/ORDERS", "edifact/D01B/ORDERS",
    "edifact/D01B/EAN010/ORDERS", "edifact/D96A/ORDRSP", "edifact/D01B/ORDRSP", "acme/850",
)  # fmt: skip

WriteSite = Callable[..., Path]
ExamineSite = Callable[..., Examined]


@pytest.fixture
def write_site(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> WriteSite:
    """Write `hub.toml`, partner files by name and guides that say nothing; the stock is an empty folder."""
    (tmp_path / "stock").mkdir()
    monkeypatch.setattr("hub.routing.load.stock_root", lambda: tmp_path / "stock")
    monkeypatch.setattr("hub.guides.library.stock_root", lambda: tmp_path / "stock")

    def write(*, hub: str = HUB, guides: tuple[str, ...] = GUIDES, tables: tuple[str, ...] = (), **partners: str) -> Path:
        root = tmp_path / "site"
        (root / "partners").mkdir(parents=True, exist_ok=True)
        (root / "hub.toml").write_text(hub)
        for name, text in partners.items():
            (root / "partners" / f"{name}.yaml").write_text(text)
        for folder, names in (("guides", guides), ("tables", tables)):
            for name in names:
                path = root / "mappings" / folder / f"{name}.yaml"
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_text(f"guide: {name}\ndocument: order\nsegments: []\n" if folder == "guides" else "")
        return root

    return write


@pytest.fixture
def examine(write_site: WriteSite) -> ExamineSite:
    """Write a site and examine it."""

    def examined(**parts: object) -> Examined:
        return examine_site(write_site(**parts))

    return examined
