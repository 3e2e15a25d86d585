"""One console for the module, with a story told; tests that change who may sign in make their own."""

import pytest
from console_hub import ConsoleHub, tell_a_story


@pytest.fixture(scope="module")
def console(tmp_path_factory):
    console = ConsoleHub(tmp_path_factory.mktemp("console") / "site")
    console.story = tell_a_story(console)
    yield console
    console.stop()


@pytest.fixture
def own_console(tmp_path):
    console = ConsoleHub(tmp_path / "site")
    yield console
    console.stop()
