"""The in-memory fakes keep every promise that real connectors are held to."""

import pytest

from hub.testing.listener import ListenerContract
from hub.testing.memory import MEMORY_LISTENER, MEMORY_POLLER, MEMORY_SENDER, MemoryFarSide
from hub.testing.poller import PollerContract
from hub.testing.sender import SenderContract


@pytest.fixture
def far_side():
    return MemoryFarSide()


class TestMemoryPoller(PollerContract):
    spec = MEMORY_POLLER


class TestMemoryListener(ListenerContract):
    spec = MEMORY_LISTENER


class TestMemorySender(SenderContract):
    spec = MEMORY_SENDER
