"""The OpenSSL peer with its keys, and the table `make interop` prints."""

from __future__ import annotations

import os
import shutil
from collections import defaultdict

import pytest
from as2_openssl_peer import OpenSslPeer
from as2_partner import person

_RESULTS: dict[tuple[str, str], dict[str, str]] = defaultdict(dict)


@pytest.fixture(scope="session")
def peer(tmp_path_factory: pytest.TempPathFactory) -> OpenSslPeer:
    """ACME, whose AS2 is the OpenSSL command line, trading with HUB."""
    if shutil.which("openssl") is None:
        pytest.skip("the openssl command is missing")
    folder = tmp_path_factory.mktemp("openssl-peer")
    for name in ("ACME", "HUB"):
        (folder / f"{name}.pem").write_text(person(name).certificate_pem)
        (folder / f"{name}.key").write_text(person(name).key_pem)
    return OpenSslPeer(folder, "ACME", "HUB")


def pytest_runtest_logreport(report: pytest.TestReport) -> None:
    for name, value in report.user_properties:
        if name == "permutation" and (report.when == "call" or report.skipped):
            peer_name, row, column = value
            _RESULTS[peer_name, row][column] = "ok" if report.passed else "skip" if report.skipped else "FAIL"


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    if not _RESULTS or not os.environ.get("EDIHUB_INTEROP_TABLE"):
        return
    terminalreporter.section("AS2 interoperability")
    for name in dict.fromkeys(peer for peer, _ in _RESULTS):
        rows = {row: cells for (peer, row), cells in _RESULTS.items() if peer == name}
        columns = sorted({column for cells in rows.values() for column in cells})
        width = max(map(len, rows))
        terminalreporter.write_line(f"{name:<{width}}  " + "  ".join(f"{column:>10}" for column in columns))
        for row in sorted(rows):
            cells = "  ".join(f"{rows[row].get(column, '-'):>10}" for column in columns)
            terminalreporter.write_line(f"{row:<{width}}  {cells}")
