"""The line of the morning, what needs a person and marking it as handled, and where the bare address leads."""

from __future__ import annotations

import re
import time

import httpx
import pytest
from console_hub import CSRF

from hub.web.console.summary import REMEMBERED_SECONDS

pytestmark = pytest.mark.network
FORM = re.compile(r'action="(/admin/edi/work/[^"]+)"')
FIGURE = re.compile(r'<a href="([^"]+)"(?: class="bad")?><b>([\d,+]+)</b> ([a-z ]+)</a>')
ROW = re.compile(r'class="head"><a href="/admin/edi/messages/')


def test_a_browser_is_led_to_the_console_and_a_program_is_told_where_to_look(console):
    page = httpx.get(console.url, headers={"accept": "text/html,application/xhtml+xml"}, trust_env=False)
    assert (page.status_code, page.headers["location"]) == (303, "/admin/edi")
    answer = httpx.get(console.url, headers={"accept": "application/json"}, trust_env=False)
    assert answer.status_code == 404
    assert answer.json()["code"] == "HUB-404"


def test_the_line_of_the_morning_counts_what_its_links_show(console):
    with console.sign_in("viewer") as client:
        figures = FIGURE.findall(client.get("/admin/edi").text)
        assert [what for _, _, what in figures][:2] == ["received", "sent"]
        assert {what for _, _, what in figures} >= {
            "not delivered",
            "not understood",
            "not accepted",
            "overdue",
            "held",
            "refused at the door",
            "to do",
        }
        assert any(number != "0" for _, number, _ in figures)
        for address, number, _ in figures:
            text = client.get(address.replace("&amp;", "&")).text
            shown = (
                len(ROW.findall(text))
                if "/work" not in address and "/refused" not in address
                else text.count('<li class="panel">')
            )
            assert shown == min(int(number), 50)


def test_an_operator_marks_an_item_as_handled_and_says_what_was_done(console):
    with console.sign_in("operator") as client:
        before = client.get("/admin/edi/work").text
        assert "What to do:" in before
        address = FORM.findall(before)[0]
        token = CSRF.search(before)[1]
        answer = client.post(address, data={"token": token, "reason": "called <ACME>"}, headers={"origin": console.url})
        assert (answer.status_code, answer.headers["location"]) == (303, "/admin/edi/work")
        after = client.get("/admin/edi/work").text
        assert address not in FORM.findall(after)
        assert len(FORM.findall(after)) == len(FORM.findall(before)) - 1
        handled = client.get("/admin/edi/work?show=handled").text
        assert "called &lt;ACME&gt;" in handled
        assert "operator" in handled
        again = client.post(address, data={"token": token, "reason": "twice"}, headers={"origin": console.url})
        assert again.status_code in {404, 409}


@pytest.mark.parametrize("reason", ["", "   "])
def test_without_a_word_about_what_was_done_nothing_is_handled(console, reason):
    with console.sign_in("operator") as client:
        text = client.get("/admin/edi/work").text
        address, token = FORM.findall(text)[0], CSRF.search(text)[1]
        answer = client.post(address, data={"token": token, "reason": reason}, headers={"origin": console.url})
        assert answer.status_code in {409, 422}
        assert "say what was done" in answer.text.lower()
        assert address in FORM.findall(client.get("/admin/edi/work").text)


def test_who_only_looks_sees_no_form_and_cannot_post_one(console):
    with console.sign_in("viewer") as client:
        text = client.get("/admin/edi/work").text
        assert "What to do:" in text
        assert FORM.findall(text) == []
        token = CSRF.search(text)[1]
        answer = client.post("/admin/edi/work/any", data={"token": token, "reason": "x"}, headers={"origin": console.url})
        assert answer.status_code == 403


def test_a_form_of_another_site_handles_nothing(console):
    with console.sign_in("operator") as client:
        text = client.get("/admin/edi/work").text
        address, token = FORM.findall(text)[0], CSRF.search(text)[1]
        for fields, origin in (
            ({"token": token}, "https://evil.example"),
            ({"token": "0" * 64}, console.url),
            ({}, console.url),
        ):
            answer = client.post(address, data={**fields, "reason": "x"}, headers={"origin": origin})
            assert answer.status_code == 403
        assert address in FORM.findall(client.get("/admin/edi/work").text)


def test_what_was_refused_at_the_door_is_told_with_its_cure_and_its_sender(console):
    told = {
        "code": "AS2-103",
        "message": "The signature was not made with a certificate known for this sender.",
        "hint": "ask for the certificate, then `edihub cert import` it",
        "reference": "<refused-1@acme>",
        "explained": "Signed by the certificate with serial e1; known are a1.",
        "evidence": {"peer": "192.0.2.7:4711"},
    }
    with console.hub.transaction() as tx:
        for number in range(51):
            tx.audit.refused("acme/main", {**told, "reference": f"<refused-{number}@acme>"})
        tx.audit.refused("", {**told, "code": "AS2-121", "reference": "<stranger@x>", "hint": ""})
    time.sleep(REMEMBERED_SECONDS + 0.1)
    with console.sign_in("viewer") as client:
        assert "<strong>51</strong> refused at the door" in re.sub(
            r"<b>(\d+)</b>", r"<strong>\1</strong>", client.get("/admin/edi").text
        )
        page = client.get("/admin/edi/refused").text
        assert page.count('<li class="panel">') == 50
        assert page.index("refused-50@") < page.index("refused-49@")
        for said in ("serial e1; known are a1", "192.0.2.7:4711", "acme/main", "<code>edihub cert import</code>", "AS2-103"):
            assert said in page
        assert "stranger@x" not in page
        older = client.get(re.search(r'href="(/admin/edi/refused\?after=[^"]+)"', page).group(1)).text
        assert older.count('<li class="panel">') == 1
        assert "refused-0@" in older
        strangers = client.get("/admin/edi/refused?from=strangers").text
        assert "stranger@x" in strangers
        assert "refused-50@" not in strangers
