"""An interchange of very many messages is answered in little memory, word for word like a small one."""

from __future__ import annotations

import datetime as dt
import tracemalloc

import pytest

from hub.edi.acknowledge import AckPolicy, Collector, MessageReport, PackedReports, PreviewNumbers, answers
from hub.edi.findings import Finding, Where, WireCode
from hub.edi.read import read
from hub.edi.tree import Message
from hub.edi.validate import check

AT = dt.datetime(2026, 9, 24, 12, 0, tzinfo=dt.UTC)


def interchange(count: int, *, wrong: int) -> bytes:
    body = "BEG*00*SA*1**20260924~PO1*1*10*EA*5**VN*1~CTT*1~"
    sets = [
        f"ST*850*{n:05}~{body if n != wrong else body.replace('*20260924', '*20261324')}SE*5*{n:05}~"
        for n in range(1, count + 1)
    ]
    head = "ISA*00*          *00*          *ZZ*ACME           *ZZ*EDIHUB         *260924*1200*U*00401*000000001*0*P*>~"
    return f"{head}GS*PO*ACME*EDIHUB*20260924*1200*1*X*004010~{''.join(sets)}GE*{count}*1~IEA*1*000000001~".encode()


def answered(data: bytes) -> str:
    collector = Collector()
    for event in read(data):
        found = check(event).findings if isinstance(event, Message) else ()
        report = collector.add(event, found)
    assert report is not None
    (answer,) = answers(report, AckPolicy(), PreviewNumbers(), at=AT)
    return answer.data.decode()


@pytest.mark.parametrize("wrong", [3, 700, 1499])
def test_one_bad_message_of_many_affects_only_itself_wherever_it_stands(wrong: int) -> None:
    sets = answered(interchange(1500, wrong=wrong)).split("AK2*")[1:]
    assert len(sets) == 1500
    assert [at for at, each in enumerate(sets, 1) if "AK5*A~" not in each] == [wrong]
    assert sets[wrong - 1].startswith(f"850*{wrong:05}~AK3*BEG*2**8~AK4*5*373*8*20261324~AK5*R*5~")
    assert "AK9*P*1500*1500*1499~" in sets[-1]


def test_a_packed_report_says_what_an_answer_needs_and_lets_the_words_go() -> None:
    found = Finding(
        code="EDI-171",
        severity="error",
        layer="envelope",
        message="words",
        where=Where(message="0001", segment_index=4, segment="SE", element=2),
        wire=(WireCode("997", "AK5", "3"), WireCode("CONTRL", "UCI", "28")),
        value="bad\udcff",
    )
    reports = PackedReports()
    for number in range(2000):
        header = ["UNH", str(number), ["ORDERS", "D", "96A", "UN"]]
        kept = MessageReport(
            type="ORDERS", version="D96A", association="", control_number=str(number), header=header, findings=[found]
        )
        reports.append(kept)
    assert len(reports) == 2000
    unpacked = list(reports)
    assert [each.control_number for each in unpacked] == [str(number) for number in range(2000)]
    assert unpacked[0].findings[0].wire == found.wire
    assert (unpacked[0].findings[0].where, unpacked[0].findings[0].value) == (found.where, "bad\udcff")
    assert unpacked[0].header == ["UNH", "0", ["ORDERS", "D", "96A", "UN"]]
    assert len(reports.raised) == 2000


def test_twenty_thousand_messages_stand_in_two_megabytes() -> None:
    reports = PackedReports()
    tracemalloc.start()
    for number in range(20_000):
        found = Finding(
            code="EDI-203", severity="error", layer="standard", message="BGM is missing", where=Where(segment="BGM")
        )
        reports.append(
            MessageReport(
                type="ORDERS",
                version="D96A",
                association="",
                control_number=str(number),
                header=["UNH", str(number), ["ORDERS", "D", "96A", "UN"]],
                findings=[found],
            )
        )
    used, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert used < 2_000_000
