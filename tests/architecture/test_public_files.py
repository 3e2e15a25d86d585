"""What must never stand in a committed file."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

FORBIDDEN = re.compile(r"pypi[.]org|python[h]osted|registry[.]npmjs|deb[.]debian|(?<!\w)/w[o]rk/|/opt/p[y]pi")
"""A path of one machine begins at its root: `/api/v1/w[o]rk/` is an address of ours and none of them."""


def tracked(root: Path) -> list[Path]:
    listing = subprocess.run(["git", "ls-files"], cwd=root, capture_output=True, text=True, check=True)
    return [root / name for name in listing.stdout.splitlines() if (root / name).is_file()]


def test_no_file_names_a_package_index_or_a_path_of_one_machine(root: Path) -> None:
    found = []
    for path in tracked(root):
        text = path.read_bytes().decode("utf-8", "replace")
        found += [f"{path.relative_to(root)}: {match.group()}" for match in [FORBIDDEN.search(text)] if match]
    assert found == []


def test_a_machine_path_is_told_from_an_address_of_ours() -> None:
    assert FORBIDDEN.search("see file://" + "/wor" + "k/main")
    assert FORBIDDEN.search('"/wor' + 'k/main"')
    assert not FORBIDDEN.search("/api/v1/wor" + "k/{id}")


def test_no_lock_file_records_where_packages_come_from(root: Path) -> None:
    names = {path.name for path in tracked(root)}
    assert not names & {"uv.lock", "poetry.lock", "Pipfile.lock", "package-lock.json", "yarn.lock"}
    for path in (root / "requirements").glob("*.txt"):
        assert "https://" not in path.read_text()
