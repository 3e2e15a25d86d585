"""What an operator sees: the list and its filters, one message, one order, the bytes."""

import re

import pytest
from console_hub import SCRIPT

from hub.store.message_items import ATTENTION

pytestmark = pytest.mark.network
LINK = re.compile(r'class="head"><a href="/admin/edi/messages/(\w+)"')


@pytest.fixture(scope="module")
def client(console):
    with console.sign_in("operator") as client:
        yield client


def items(client, query=""):
    answer = client.get(f"/admin/edi{query}")
    assert answer.status_code == 200
    return LINK.findall(answer.text)


def page(client, wanted):
    answer = client.get(f"/admin/edi/messages/{wanted}")
    assert answer.status_code == 200
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", answer.text))


def test_the_list_has_everything_newest_first(console, client):
    found = items(client)
    assert len(found) == len(set(found)) >= 15
    text = client.get("/admin/edi").text
    assert text.count(">TEST<") == 3  # the order, its acknowledgment and its answer
    assert text.index("000000077") < text.index("4500000005") < text.index("4500000001")


@pytest.mark.parametrize(
    ("query", "count"),
    [("?q=4500000001", 1), ("?q=0000000", 14), ("?q=000000077", 1), ("?type=850&direction=in", 5), ("?type=850&direction=out", 1), ("?state=rejected", 1),
     ("?env=test", 3), ("?light=syntax:overdue", 3), ("?light=business:failed", 0), ("?partner=acme&state=held", 1), ("?from=2026-09-25", 0),
     ("?to=2026-09-23", 0), ("?attention=overdue", 3), ("?attention=held", 2), ("?attention=rejected", 1), ("?attention=dead", 0), ("?partner=nobody", 0)],
)  # fmt: skip
def test_a_filter_in_the_address_shows_what_it_says(client, query, count):
    found = items(client, query)
    assert len(found) == count


def test_the_counts_above_are_those_of_the_lists_they_lead_to(client):
    text = client.get("/admin/edi").text
    for kind in ATTENTION:
        count = int(re.search(rf'attention={kind}" class="\w+"><b>(\d+)</b>', text).group(1))
        assert len(items(client, f"?attention={kind}")) == count


def test_a_message_is_found_by_its_id_its_file_and_its_control_number(console, client):
    story = console.story
    assert len(items(client, f"?q={story['noise']}")) == 1
    assert len(items(client, "?q=noise.edi")) == 1
    assert len(items(client, "?q=000000003")) >= 1


def test_pages_lead_to_older_and_back_to_newer(console, client, monkeypatch):
    from hub.web.console import audit_log

    whole = items(client)
    monkeypatch.setattr(audit_log, "PAGE", 4)
    seen, address, pages = [], "/admin/edi", []
    while address:
        text = client.get(address.replace("&amp;", "&")).text
        pages.append(LINK.findall(text))
        seen += pages[-1]
        older = re.search(r'href="([^"]+)" rel="next"', text)
        address = older and older.group(1)
    assert seen == whole
    back = re.search(r'href="([^"]+)" rel="prev"', text).group(1)
    assert LINK.findall(client.get(back).text) == pages[-2]


def test_an_address_without_empty_fields_is_the_one_to_share(client):
    answer = client.get("/admin/edi?q=&partner=acme&type=&from=")
    assert (answer.status_code, answer.headers["location"]) == (303, "/admin/edi?partner=acme")


@pytest.mark.parametrize("query", ["?light=syntax:purple", "?nonsense=1", "?from=soon"])
def test_a_filter_that_is_not_understood_is_left_out_and_said(client, query):
    answer = client.get(f"/admin/edi{query}")
    assert "Left out, because it could not be understood" in answer.text
    assert LINK.findall(answer.text)


@pytest.mark.parametrize("query", ["?after=nonsense", "?before=WyJhIl0", "?after=%00"])
def test_a_cursor_of_nothing_is_a_page_that_says_so(client, query):
    answer = client.get(f"/admin/edi{query}")
    assert answer.status_code == 400
    assert answer.headers["content-type"].startswith("text/html")


def test_an_empty_list_says_what_to_do(client):
    assert "Take a filter away" in client.get("/admin/edi?q=not-there").text
    assert "Good: nothing is dead" in client.get("/admin/edi?attention=dead").text


def test_an_empty_hub_says_what_to_do(own_console):
    with own_console.sign_in("viewer") as client:
        text = client.get("/admin/edi").text
    assert "Nothing has come in or gone out yet" in text
    assert "edihub connection" in text


def test_a_held_order_tells_why_and_what_to_do(console, client):
    text = page(client, console.story["held"])
    assert "waits for a person" in text
    assert "QQ" in text
    assert "What to do:" in text


def test_a_refused_order_leads_from_its_finding_to_the_segment(console, client):
    answer = client.get(f"/admin/edi/messages/{console.story['wrong']}")
    where = re.search(r'href="#(seg-\d+)"', answer.text).group(1)
    row = re.search(rf'id="{where}" class="mine found">(.*?)</tr>', answer.text, re.DOTALL).group(1)
    assert "DTM" in row
    text = page(client, console.story["wrong"])
    assert "was refused" in text
    assert "the partner" in text
    assert "997 rejected" in text


def test_a_name_with_markup_stays_text(console, client):
    answer = client.get(f"/admin/edi/messages/{console.story['script']}")
    assert "<script" not in answer.text
    assert "<img" not in answer.text
    assert SCRIPT.replace("<", "&lt;").replace(">", "&gt;")[:20] in answer.text.replace('<span class="service">', "").replace(
        "</span>", ""
    )


def test_an_order_that_is_late_to_be_answered_says_whom_to_ask(console, client):
    late = items(client, "?attention=overdue&type=855")
    text = page(client, late[0])
    assert "acknowledgment is late" in text
    assert "Ask the partner" in text
    assert "no syntax answer by the deadline" in text


def test_bytes_that_are_no_edi_are_shown_with_their_control_characters(console, client):
    answer = client.get(f"/admin/edi/messages/{console.story['noise']}")
    assert '<span class="control">NUL</span><span class="control">ESC</span>' in answer.text
    assert "neither X12 nor EDIFACT" in answer.text


def test_the_whole_of_an_order_is_on_its_page(console, client):
    text = (
        page(client, "4500000001")
        if client.get("/admin/edi/messages/4500000001").status_code == 200
        else page(client, console.story["fine"])
    )
    for part in (
        "Received over acme/main",
        "Answered with 997 accepted",
        "Understood as purchase order 4500000001",
        "order line",
        "= each",
        '"number": ',
    ):
        assert part.replace('"', "&#34;") in text
    order = client.get("/admin/edi/orders/4500000001")
    assert order.status_code == 200
    assert "confirmed" in order.text
    assert order.text.count('class="number">10</td>') == 4  # two lines, ordered and confirmed
    assert "WIDGET-001" in order.text


@pytest.mark.parametrize("path", ["messages/nothing", "orders/nothing", "messages/nothing/payload"])
def test_what_is_not_there_is_a_page_that_says_so(client, path):
    answer = client.get(f"/admin/edi/{path}")
    assert answer.status_code == 404
    assert "What to do" in answer.text


def test_the_stored_bytes_come_as_a_file_and_never_as_a_page(console, client):
    answer = client.get(f"/admin/edi/messages/{console.story['script']}/payload")
    assert answer.headers["content-disposition"] == f'attachment; filename="{console.story["script"]}.edi"'
    assert answer.headers["content-type"] == "application/octet-stream"
    assert SCRIPT.encode() in answer.content


def test_a_large_file_is_cut_with_a_note_and_comes_whole_as_a_file(own_console):
    from hub.testing.flow_site import interchange, order_850

    payload = interchange([order_850("4500009999", lines=60_000)], control=900)
    message = own_console.take(payload, "large")
    with own_console.sign_in() as client:
        answer = client.get(f"/admin/edi/messages/{message}")
        assert "only its beginning is shown" in answer.text
        assert len(answer.content) < 2_000_000
        assert client.get(f"/admin/edi/messages/{message}/payload").content == payload


def test_a_damaged_payload_is_told_beside_everything_else(console, client):
    with console.hub.transaction() as tx:
        tx.messages.set(console.story["test"], payload=b"somebody was here")
    answer = client.get(f"/admin/edi/messages/{console.story['test']}")
    assert answer.status_code == 200
    assert "has other bytes now" in answer.text
    assert "Timeline" in answer.text


def test_static_files_may_be_kept_for_ever_and_change_their_address(console, client):
    address = re.search(r'rel="stylesheet" href="([^"]+)"', client.get("/admin/edi").text).group(1)
    answer = client.get(address)
    assert answer.headers["cache-control"] == "public, max-age=31536000, immutable"
    assert answer.headers["content-type"].startswith("text/css")
