"""In a site's folder its own guides count for the verbs that need no site, and what they write is read back before it is printed."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from hub.cli.frame import run

GUIDE = "guide: acme/850\nextends: x12/004010/850\ntitle: ACME's order\nsegments: []\n"
INVOICE: dict[str, Any] = {
    "type": "invoice",
    "number": "I-1",
    "issued_on": "2026-09-24",
    "lines": [{"number": "1", "quantity": "2", "unit": "EA", "price": "5", "amount": "10", "item": {"buyer_id": "B1"}}],
    "totals": {"payable_amount": "10"},
}


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / "mappings" / "guides" / "acme").mkdir(parents=True)
    (tmp_path / "mappings" / "guides" / "acme" / "850.yaml").write_text(GUIDE)
    (tmp_path / "hub.toml").write_text("this is a mistake that is in nobody's way\n")
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("EDIHUB_SITE", raising=False)
    return tmp_path


@pytest.mark.usefixtures("folder")
def test_a_guide_of_the_folder_is_found(capfd: pytest.CaptureFixture[str]) -> None:
    assert run(["guide", "print", "acme/850"]) == 0
    assert "ACME's order" in capfd.readouterr().out


def rendered(folder: Path, document: dict[str, Any], capfd: pytest.CaptureFixture[str]) -> tuple[int, str, str]:
    (folder / "invoice.json").write_text(json.dumps(document))
    code = run(["render", "invoice.json", "--as", "x12/004010/810"])
    said = capfd.readouterr()
    return code, said.out, said.err


def test_what_breaks_its_standard_is_not_printed(folder: Path, capfd: pytest.CaptureFixture[str]) -> None:
    extra = {"charge": True, "reason": "Freight", "code": "F", "amount": "5"}
    code, out, err = rendered(folder, {**INVOICE, "allowances_charges": [extra]}, capfd)
    assert (code, out) == (1, "")
    assert "SAC02" in err


def test_what_the_message_has_no_place_for_is_told(folder: Path, capfd: pytest.CaptureFixture[str]) -> None:
    line = {**INVOICE["lines"][0], "taxes": [{"type": "VAT", "percent": "21", "category": "S"}]}
    code, out, err = rendered(folder, {**INVOICE, "lines": [line]}, capfd)
    assert code == 0
    assert out.startswith("ISA")
    assert "lines.taxes.category is not sent" in err
