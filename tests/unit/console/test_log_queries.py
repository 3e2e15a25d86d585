"""The audit log's queries against the same questions asked in Python, on both databases."""

import itertools

import pytest
from sqlalchemy import insert

from hub.store.message_items import ATTENTION, MessageFilter, count_messages, list_messages
from hub.store.tables import document, message

STATES_IN = ("received", "done", "held", "rejected", "quarantined", "duplicate")
STATES_OUT = ("ready", "sent", "delivered", "dead", "retry")
LIGHTS = ("none", "waiting", "ok", "failed", "overdue")


@pytest.fixture
def log(database, clock):
    """Ninety messages: some without a document, some with two."""
    messages, documents = [], []
    for n in range(90):
        direction = "in" if n % 2 else "out"
        states = STATES_IN if direction == "in" else STATES_OUT
        at = clock() + n * 1_000_000
        row = {
            "id": f"msg_{n:04}", "direction": direction, "partner": f"p{n % 4}", "connection": "c", "channel": "folder", "transport_id": f"f{n}.edi",
            "sha256": "0" * 64, "size": 1, "payload": b"x", "state": states[n // 2 % len(states)], "test": n % 9 == 0, "created_at": at,
        }  # fmt: skip
        messages.append(row)
        for position in range((1, 2, 0)[n % 3]):
            lights = {
                name: LIGHTS[(n + shift) % 5] if direction == "out" else "none"
                for name, shift in (("delivery", 0), ("syntax", 1), ("business", 3))
            }
            documents.append(
                {
                    "id": f"doc_{n:04}{position}", "message_id": row["id"], "position": position, "direction": direction, "standard": "x12",
                    "type": ("850", "855")[n % 2], "partner": row["partner"], "number": f"45{n:03}{position}", "control_number": f"{n:04}",
                    "interchange_number": f"{n:09}", "group_number": f"{n}", "test": row["test"], "created_at": at,
                    "state": STATES_IN[(n // 2 + position) % len(STATES_IN)] if direction == "in" else "sent", **lights,
                }
            )  # fmt: skip
    with database.transaction() as tx:
        tx.connection.execute(insert(message), messages)
        tx.connection.execute(insert(document), documents)
    with database.read() as view:
        yield view, list_messages(view.connection, MessageFilter(), limit=500).items


def ids(items):
    return [item["id"] for item in items]


def has_light(item, *states):
    return any(light["state"] in states for light in item["lights"].values())


def numbers(item):
    return [str(item[name]) for name in ("number", "control_number", "group_number", "interchange_number") if item[name]]


CASES = {
    "direction": (MessageFilter(direction="in"), lambda item: item["direction"] == "in"),
    "partner": (MessageFilter(partner="p1"), lambda item: item["partner"] == "p1"),
    "type": (MessageFilter(message="850"), lambda item: item["message"] == "850"),
    "test": (MessageFilter(test=True), lambda item: item["test"]),
    "text": (MessageFilter(text="4501"), lambda item: any("4501" in number for number in numbers(item))),
    "percent": (MessageFilter(text="%"), lambda _: False),
    "file": (MessageFilter(text="f31.edi"), lambda item: item["transport_id"] == "f31.edi"),
    "id": (MessageFilter(text="msg_0002"), lambda item: item["message_id"] == "msg_0002"),
    "failed": (MessageFilter(attention="failed"), lambda item: has_light(item, "failed")),
    "overdue": (MessageFilter(attention="overdue"), lambda item: has_light(item, "overdue")),
    "dead": (MessageFilter(attention="dead"), lambda item: item["state"] in {"dead", "quarantined"}),
    "two": (MessageFilter(direction="out", light="syntax:failed"), lambda item: item["lights"]["syntax"]["state"] == "failed"),
    **{f"state {state}": (MessageFilter(state=state), lambda item, state=state: item["state"] == state) for state in {*STATES_IN, *STATES_OUT}},
    **{f"light {state}": (MessageFilter(light=f"syntax:{state}"), lambda item, state=state: item["lights"]["syntax"]["state"] == state and item["id"] != item["message_id"]) for state in LIGHTS},
}  # fmt: skip


def test_every_filter_finds_what_it_says_in_the_same_order(log):
    view, everything = log
    for name, (wanted, is_wanted) in CASES.items():
        expected = [item for item in everything if is_wanted(item)]
        assert ids(list_messages(view.connection, wanted, limit=500).items) == ids(expected), name
        assert count_messages(view.connection, wanted) == len(expected), name
        if name != "percent":
            assert expected, name


def test_every_kind_of_attention_is_counted(log):
    view, _ = log
    assert all(count_messages(view.connection, MessageFilter(attention=kind)) for kind in ATTENTION)
    assert count_messages(view.connection, MessageFilter(), most=7) == 7


@pytest.mark.parametrize("size", [1, 3, 7, 89])
@pytest.mark.parametrize("wanted", [MessageFilter(), MessageFilter(direction="in")])
def test_pages_forwards_and_backwards_are_the_same_pages(log, size, wanted):
    view, _ = log
    whole = ids(list_messages(view.connection, wanted, limit=500).items)
    pages, after = [], None
    while True:
        page = list_messages(view.connection, wanted, limit=size, after=after)
        pages.append(page)
        if page.next is None:
            break
        after = page.next
    assert [one for page in pages for one in ids(page.items)] == whole
    assert pages[0].previous is None
    for earlier, later in itertools.pairwise(pages):
        back = list_messages(view.connection, wanted, limit=size, before=later.previous)
        assert ids(back.items) == ids(earlier.items)
        assert ids(list_messages(view.connection, wanted, limit=size, after=back.next).items) == ids(later.items)
    assert (
        list_messages(view.connection, wanted, limit=size, before=pages[1].previous).previous is None
        if len(pages) > 1
        else True
    )
