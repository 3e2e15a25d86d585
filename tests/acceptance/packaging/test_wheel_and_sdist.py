"""What a user installs: wheel and sdist build, carry the stock data, and run outside the clone."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tarfile
import zipfile
from pathlib import Path

import pytest

ORDER = (
    b"ISA*00*          *00*          *ZZ*ACME           *ZZ*EDIHUB         *261101*0930*U*00401*000000007*0*T*>~"
    b"GS*PO*ACME*EDIHUB*20261101*0930*7*X*004010~ST*850*0001~BEG*00*SA*4500000042**20261101~"
    b"PO1*1*10*EA*12.5**VN*WIDGET-001~CTT*1~SE*5*0001~GE*1*7~IEA*1*000000007~"
)


@pytest.fixture(scope="module")
def built(root: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with one wheel and one sdist made from the working tree."""
    folder = tmp_path_factory.mktemp("dist")
    subprocess.run(
        [sys.executable, "-m", "build", "--no-isolation", "--outdir", str(folder), str(root)],
        check=True,
        capture_output=True,
        timeout=300,
    )
    return folder


def installed(wheel: Path, folder: Path) -> dict[str, str]:
    """Unpack the wheel and return the environment in which Python finds it first."""
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(folder)
    return {**os.environ, "PYTHONPATH": str(folder), "PYTHONSAFEPATH": "1"}


def test_the_wheel_carries_the_stock_guides_tables_and_schemas(built: Path, root: Path) -> None:
    (wheel,) = built.glob("*.whl")
    names = set(zipfile.ZipFile(wheel).namelist())
    for stock in ("mappings", "schemas", "partners"):
        for path in (root / stock).rglob("*"):
            if path.is_file():
                assert f"hub/_stock/{path.relative_to(root).as_posix()}" in names


def test_an_installed_hub_reads_an_order_in_a_folder_that_is_no_clone(built: Path, tmp_path: Path) -> None:
    (wheel,) = built.glob("*.whl")
    environment = installed(wheel, tmp_path / "site-packages")
    (tmp_path / "order.edi").write_bytes(ORDER)
    run = subprocess.run(
        [sys.executable, "-m", "hub.cli", "translate", "order.edi", "--json"],
        cwd=tmp_path, env=environment, capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip
    assert run.returncode == 0, run.stderr
    (order,) = json.loads(run.stdout)["documents"]
    assert (order["number"], order["lines"][0]["quantity"]) == ("4500000042", "10")


def test_the_sdist_holds_what_a_build_needs(built: Path, root: Path) -> None:
    (sdist,) = built.glob("*.tar.gz")
    with tarfile.open(sdist) as archive:
        names = {name.split("/", 1)[1] for name in archive.getnames() if "/" in name}
    assert {"pyproject.toml", "hub/__init__.py", "LICENSE", "NOTICE", "README.md", "Makefile"} <= names
    assert {path.relative_to(root).as_posix() for path in (root / "mappings").rglob("*.yaml")} <= names
