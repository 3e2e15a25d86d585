"""The suites bite: every test of every suite fails on a connector that breaks the promise it stands for."""

import inspect

import pytest

from hub.testing.hostile import (
    LISTENER_BREACHES,
    POLLER_BREACHES,
    SENDER_BREACHES,
    HostileListener,
    HostilePoller,
    HostileSender,
    hostile,
)
from hub.testing.listener import ListenerContract
from hub.testing.memory import MemoryFarSide
from hub.testing.poller import PollerContract
from hub.testing.sender import SenderContract

SUITES = [
    (PollerContract, HostilePoller, POLLER_BREACHES),
    (ListenerContract, HostileListener, LISTENER_BREACHES),
    (SenderContract, HostileSender, SENDER_BREACHES),
]
CASES = [
    pytest.param(suite, kind, test, breach, id=f"{suite.__name__}-{test[5:]}")
    for suite, kind, breaches in SUITES
    for test, breach in breaches.items()
]


@pytest.mark.parametrize(("suite", "kind", "test", "breach"), CASES)
def test_the_suite_fails_on_a_connector_that_breaks_this_promise(suite, kind, test, breach, caplog):
    def run(committed):
        contract = suite()
        contract.spec = hostile(kind, committed)
        arguments = {"far_side": MemoryFarSide()}
        if "caplog" in inspect.signature(getattr(contract, test)).parameters:
            arguments["caplog"] = caplog
        getattr(contract, test)(**arguments)

    run("none")
    with pytest.raises(BaseException) as bitten:
        run(breach)
    assert isinstance(bitten.value, (Exception, pytest.fail.Exception))


@pytest.mark.parametrize(("suite", "kind", "breaches"), SUITES, ids=lambda each: getattr(each, "__name__", ""))
def test_every_test_of_a_suite_has_a_breach_that_it_must_notice(suite, kind, breaches):
    tests = {name for name, member in inspect.getmembers(suite) if name.startswith("test_") and callable(member)}
    assert tests == set(breaches)
