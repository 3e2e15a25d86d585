"""Files with the mistakes people make: what `edihub lint` prints about each stands beside it, line for line."""

from __future__ import annotations

from pathlib import Path

import pytest

from hub.cli.frame import run

FOLDER = Path(__file__).parents[3] / "fixtures" / "config" / "bad"


@pytest.mark.parametrize("name", sorted(path.stem for path in FOLDER.glob("*.yaml")))
def test_each_bad_file_is_explained_as_its_text_says(name: str, monkeypatch: pytest.MonkeyPatch, capsys) -> None:
    monkeypatch.chdir(FOLDER)
    monkeypatch.delenv("EDIHUB_SITE", raising=False)
    expected = (FOLDER / f"{name}.txt").read_text()
    assert run(["lint", f"{name}.yaml"]) == (4 if " error " in expected else 0)
    assert capsys.readouterr().out == expected
