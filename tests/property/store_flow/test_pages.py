"""Whatever the size of a page and wherever it begins: all rows, each once, in order."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from hub.store.message_items import MessageFilter, list_messages
from hub.store.messages import Body
from hub.store.paging import BadCursor, checked_limit, from_cursor, to_cursor


@pytest.fixture
def filled(database):
    with database.transaction() as tx:
        for documents in (0, 1, 3, 2, 0, 5, 1):
            message_id = tx.messages.put_out({"connection": "c", "partner": "p"}, Body(sha256="0", size=1, in_row=b"x"))
            rows = [
                {"message_id": message_id, "direction": "out", "position": place, "partner": "p"} for place in range(documents)
            ]
            tx.documents.add(rows)
    return database


def pages(database, sizes):
    seen, after, turn = [], None, 0
    while True:
        with database.read() as view:
            page = list_messages(view.connection, MessageFilter(partner="p"), limit=sizes[turn % len(sizes)], after=after)
        seen += [item["id"] for item in page.items]
        after, turn = page.next, turn + 1
        if after is None:
            return seen


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(sizes=st.lists(st.integers(1, 6), min_size=1, max_size=5))
def test_pages_of_any_size_add_up_to_the_whole_list(filled, sizes):
    whole = pages(filled, [500])
    assert len(whole) == len(set(whole)) == 14
    assert pages(filled, sizes) == whole


@given(key=st.tuples(st.text(max_size=40), st.integers(-(2**53), 2**53)))
def test_a_cursor_gives_back_its_key(key):
    assert from_cursor(to_cursor(*key), (str, int)) == list(key)


@given(st.text(max_size=60))
def test_a_cursor_that_is_none_is_refused_and_never_a_traceback(text):
    try:
        from_cursor(text, (str, int))
    except BadCursor:
        return
    assert from_cursor(text, (str, int))


@pytest.mark.parametrize("limit", [0, -1, 501, 10**9])
def test_a_page_has_between_one_and_five_hundred_items(limit):
    with pytest.raises(BadCursor):
        checked_limit(limit)
