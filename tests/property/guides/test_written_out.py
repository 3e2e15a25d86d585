"""The builders that are written out as Python say what the closures say, segment for segment and finding for finding."""

from __future__ import annotations

import copy
from functools import lru_cache
from pathlib import Path

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from hub.guides.guide import Guide, guide
from hub.guides.library import stock_library
from hub.guides.run import Context
from hub.guides.writing import WriteCompiler
from hub.model import Document, decode_document, document_types
from hub.testing.guide_domain import documents

NAMES = stock_library().guide_names()
ROOT = Path(__file__).resolve().parents[3]
CANONICAL = sorted(path for folder in ("x12", "edifact") for path in (ROOT / "fixtures" / folder).rglob("*.json"))


@lru_cache
def both(name: str) -> tuple[Guide, Guide]:
    chosen = guide(name, stock_library())
    slow = copy.copy(chosen)
    slow.writer = WriteCompiler(chosen.binding, is_slow=True)
    return chosen, slow


def same(name: str, document: Document, context: Context | None = None) -> None:
    written, expected = (each.write(document, context) for each in both(name))
    assert written.segments == expected.segments
    assert written.findings == expected.findings
    limits = [[getattr(each, "limit", None) for each in segment] for segment in written.segments]
    assert limits == [[getattr(each, "limit", None) for each in segment] for segment in expected.segments]


@pytest.mark.parametrize("name", NAMES)
def test_documents_of_every_kind_are_written_the_same(name: str) -> None:
    @settings(
        max_examples=60,
        deadline=None,
        suppress_health_check=list(HealthCheck),
        database=None,
        phases=[Phase.generate, Phase.shrink],
    )
    @given(st.data())
    def holds(data: st.DataObject) -> None:
        same(name, data.draw(documents(both(name)[0])))

    holds()


@pytest.mark.parametrize("path", CANONICAL, ids=lambda path: "/".join(path.parts[-4:]))
def test_what_a_guide_cannot_say_is_reported_the_same(path: Path) -> None:
    """A document goes through every guide of its kind, also those that lack its codes and have less room."""
    document = decode_document(path.read_bytes())
    said = 0
    for name in NAMES:
        if isinstance(document, document_types[both(name)[0].text.document]):
            same(name, document, Context(values={"vendor_number": "V" * 90, "department": "7"}))
            said += 1
    assert said
