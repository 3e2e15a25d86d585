"""Debian's Chromium through Playwright. What is missing is named; nothing is skipped silently."""

import importlib.util
import os
import shutil
from pathlib import Path

import pytest
from console_hub import ConsoleHub, tell_a_story

FLAGS = (
    "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync",
)  # fmt: skip


_REFUSED = {
    "code": "AS2-103",
    "message": "The signature was not made with a certificate known for this sender.",
    "hint": "`edihub cert import` the one they sign with",
    "reference": f"<{'0123456789abcdef' * 6}@acme.example>",
    "explained": f"Signed by the certificate with serial {'ab' * 20}; known are {'cd' * 20}.",
    "evidence": {"peer": "192.0.2.7:4711"},
}


@pytest.fixture(scope="session")
def chromium():
    """A running browser; `EDIHUB_CHROMIUM` names another one than the system's."""
    if importlib.util.find_spec("playwright") is None:
        pytest.skip("the Python package playwright is missing (make setup)")
    program = os.environ.get("EDIHUB_CHROMIUM") or shutil.which("chromium") or shutil.which("chromium-browser")
    if program is None:
        pytest.skip("Chromium is missing (make system, as root, installs Debian's)")
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program, args=list(FLAGS))
        yield browser
        browser.close()


@pytest.fixture(scope="session")
def axe_source():
    """The text of axe-core, from the package that ships it."""
    found = importlib.util.find_spec("axe_playwright_python")
    if found is None or found.origin is None:
        pytest.skip("axe-core is missing: pip install axe-playwright-python (in the dev extra)")
    return (Path(found.origin).parent / "axe.min.js").read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def console(tmp_path_factory):
    console = ConsoleHub(tmp_path_factory.mktemp("browser") / "site")
    console.story = tell_a_story(console)
    with console.hub.transaction() as tx:
        tx.audit.refused("acme/main", _REFUSED)
    yield console
    console.stop()
