"""Every stock guide, both ways: what it can say comes back equal, is clean by the dictionary, and writing again changes nothing."""

from __future__ import annotations

from functools import lru_cache

import pytest
from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis import strategies as st

from hub.edi.read import read
from hub.edi.tree import GroupEnd, Interchange, Message
from hub.edi.validate import check
from hub.guides.guide import Guide, guide
from hub.guides.library import stock_library
from hub.guides.understand import understand_ta1
from hub.model import Document
from hub.testing.guide_domain import documents, normalise
from hub.testing.guide_wire import interchange_of

NAMES = stock_library().guide_names()


@lru_cache
def compiled(name: str) -> Guide:
    return guide(name, stock_library())


LACKING = {"MAP-234", "MAP-235"}
"""What a drawn document leaves out: it comes back as it is all the same."""


def read_back(chosen: Guide, data: bytes) -> Document:
    for event in read(data):
        if isinstance(event, Message):
            checked = check(event)
            wrong = [found for found in checked.findings if found.severity == "error"]
            assert wrong == [], (wrong[0].message, data)
            assert checked.validation is not None
            result = chosen.read(event, checked.validation.placement)
            wrong = [found for found in result.findings if found.severity == "error" and found.code not in LACKING]
            assert wrong == [], (wrong[0].message, data)
            return result.document
        if isinstance(event, GroupEnd):
            continue
    interchange = next(event for event in list(read(data)) if isinstance(event, Interchange))
    return next(iter(understand_ta1(interchange, stock_library()))).document


def round_trip(name: str, document: Document) -> None:
    chosen = compiled(name)
    written = chosen.write(document)
    assert [found.message for found in written.findings] == []
    data = interchange_of(chosen, written.segments)
    again = read_back(chosen, data)
    assert normalise(chosen, again) == normalise(chosen, document)
    assert interchange_of(chosen, chosen.write(again).segments) == data


@pytest.mark.parametrize("name", NAMES)
def test_what_a_guide_can_say_comes_back_equal(name: str) -> None:
    @settings(
        max_examples=300,
        deadline=None,
        suppress_health_check=list(HealthCheck),
        database=None,
        phases=[Phase.generate, Phase.shrink],
    )
    @given(st.data())
    def holds(data: st.DataObject) -> None:
        round_trip(name, data.draw(documents(compiled(name))))

    holds()


@pytest.mark.long
@pytest.mark.parametrize("name", NAMES)
def test_what_a_guide_can_say_comes_back_equal_ten_thousand_times(name: str) -> None:
    @seed(20261122)
    @settings(max_examples=10_000, deadline=None, suppress_health_check=list(HealthCheck), database=None)
    @given(st.data())
    def holds(data: st.DataObject) -> None:
        round_trip(name, data.draw(documents(compiled(name))))

    holds()
