"""A release that is not carried: only what no release allows is an error; what the standard tolerates is not reported."""

from __future__ import annotations

import pytest

from hub.edi.kept import MOST_FINDINGS
from hub.edi.read import read
from hub.edi.tree import Message
from hub.edi.validate import check
from hub.testing.acknowledging import answered, taken_apart


def findings(data: bytes) -> dict[str, str]:
    return {found.code: found.severity for found in taken_apart(data).findings}


@pytest.mark.parametrize("version", ["003010", "003070", "004030VICS", "006020", "008010"])
def test_a_release_that_is_not_carried_is_said_and_right_orders_pass(samples, version) -> None:
    data = samples.x12(samples.order_850, version=version)
    assert findings(data) == {"EDI-232": "warning"}
    assert answered(data)[0].verdict == "accepted"


def test_dates_of_six_digits_are_right_before_004010_and_wrong_from_then_on(samples) -> None:
    order = (
        samples.order_850.replace("BEG", "BEG*00*SA*1**260105")
        .replace("DTM*002", "DTM*002*260120")
        .replace("DTM*010", "DTM*010*260115")
    )
    assert findings(samples.x12(order, version="003040")) == {"EDI-232": "warning"}
    assert findings(samples.x12(order, version="004010")) == {"EDI-214": "error"}


@pytest.mark.parametrize(
    ("old", "new", "code", "severity"),
    [
        ("PO1*1", "PO1*1*ten*EA*9.25", "EDI-216", "error"),
        ("BEG", "BEG*00*SA***20260105", "EDI-211", "error"),
        ("BEG", "BEG*00*SA*1**20261345", "EDI-218", "error"),
        ("PO1*1", "PO1*1*10*EACH*9.25", "EDI-215", "warning"),
        ("N1*ST", "N1*ST*Store*92", "EDI-212", "warning"),
        ("TD5", "XYZ*1", "EDI-201", "warning"),
    ],
)
def test_in_a_release_that_is_not_carried_only_the_certain_is_an_error(samples, old, new, code, severity) -> None:
    found = findings(samples.x12(samples.order_850.replace(old, new), version="004060"))
    assert found[code] == severity


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("REF*DP", "REF*DP*042**"),
        ("N3", "N3*1 Main Street   "),
        ("PO1*1", "PO1*1*10.500*EA*.25*PE*UP*012345678905"),
        ("PO1*1", "PO1*1*-10*EA*9.25*PE*UP*012345678905"),
        ("CTP", "CTP**UCP*9.25*1*EA>2"),
        ("DTM*002", "DTM*002*20280229*235959"),
        ("DTM*002", "DTM*002****D8*20260120"),
        ("REF*DP", "REF*DP**a description alone"),
        ("MSG", "MSG*a > b and c : d"),
    ],
)
def test_what_the_standard_allows_is_not_faulted(samples, old, new) -> None:
    found = findings(samples.x12(samples.order_850.replace(old, new)))
    assert {code for code, severity in found.items() if severity == "error"} == set()


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("QTY+21:48", "QTY+21:48,5"),
        ("QTY+21:48", "QTY+21:-48.25"),
        ("DTM+2:", "DTM+2:202601201230:203"),
        ("DTM+2:", "DTM+2:200508120000:102"),
        ("DTM+2:", "DTM+2:20260120"),
        ("DTM+2:", "DTM+2:2026012020260131:718"),
        ("FTX", "FTX+ZZZ+++Fish ?+ chips?: ?'best??"),
        ("NAD+SU", "NAD+SU+4012345500004::9++ACME:LTD+Street:2++++"),
        ("RFF+CT", "RFF+CT:652744:::"),
        ("PRI+AAA:14", "PRI+AAA:14.58::NTP"),
    ],
)
def test_what_the_directory_allows_is_not_faulted(samples, old, new) -> None:
    found = findings(samples.edifact(samples.orders.replace(old, new)))
    assert {code for code, severity in found.items() if severity == "error"} == set()


def test_a_code_that_an_open_list_does_not_have_is_a_warning_that_no_answer_mentions(samples) -> None:
    data = samples.edifact(samples.orders.replace("PRI+AAA:14", "PRI+YYY:14.58"))
    assert findings(data) == {"EDI-231": "warning"}
    assert answered(data)[0].verdict == "accepted"


def test_the_same_finding_comes_from_the_first_message_and_from_the_hundredth(samples) -> None:
    order = samples.order_850.replace("PO1*1", "PO1*1*10*EACH*9.25*PE*UP*012345678905")
    messages = [type(order)((f"ST*850*{n:04}", *order.lines[1:-1], f"SE*28*{n:04}"), "*") for n in range(1, 101)]
    found = taken_apart(samples.x12(*messages)).findings
    assert [(each.code, each.where.message, each.where.element) for each in found] == [
        ("EDI-215", f"{n:04}", 3) for n in range(1, 101)
    ]


def test_what_rejects_is_found_behind_any_number_of_findings_that_do_not(samples) -> None:
    order = samples.order_850.replace("CTT", "CTT*two").before("CTT", *["PO1*1*1*EACH*9.25"] * (MOST_FINDINGS + 10)).counted()
    (answer,) = answered(samples.x12(order))
    assert answer.verdict == "rejected"
    assert b"AK4*1*354*6*two~" in answer.data


def test_a_message_with_very_many_findings_keeps_the_first_and_counts_the_rest(samples) -> None:
    order = samples.order_850.before("CTT", *["PO1*1*x*EA*9.25"] * (MOST_FINDINGS + 500)).counted()
    (message,) = (event for event in read(samples.x12(order)) if isinstance(event, Message))
    checked = check(message)
    assert (len(checked.findings), checked.omitted) == (MOST_FINDINGS, 500)


def test_a_number_that_is_plain_without_a_digit_before_its_mark_is_reported_and_not_rejected(samples) -> None:
    (answer,) = answered(samples.edifact(samples.orders.replace("PRI+AAA:14", "PRI+AAA:.58")))
    assert answer.verdict == "accepted_with_errors"
    assert b"+7'UCS+" in answer.data
    assert b"UCD+38+2:2'" in answer.data
