"""A TA1 that came back: one segment about an interchange of ours (X12.5 5.1)."""

from __future__ import annotations

from hub.edi.tree import Segment
from hub.errors import HeldForOperator
from hub.flow.match import match_acknowledgment
from hub.flow.reading import Reading
from hub.model import Acknowledgment, ReportedError, encode_document
from hub.store.transaction import Transaction

_VERDICTS = {"A": "accepted", "E": "accepted_with_errors", "R": "rejected"}


def match_ta1(tx: Transaction, message_id: str, interchange_id: str, reading: Reading, segment: Segment) -> None:
    """Write the TA1 as a document and move the light of what it rejects; one that names nothing we sent is held."""
    answer = read_ta1(segment)
    values = {
        "message_id": message_id,
        "interchange_id": interchange_id,
        "position": len(reading.messages),
        "direction": "in",
        "kind": "acknowledgment",
        "standard": "x12",
        "type": "TA1",
        "partner": "" if reading.partner is None else reading.partner.id,
        "number": answer.interchange or "",
        "interchange_number": reading.interchange.control_number,
        "test": reading.is_test,
        "state": "done",
        "canonical": encode_document(answer),
    }
    (document_id,) = tx.documents.add([values])
    try:
        match_acknowledgment(tx, tx.documents.get(document_id), answer)
    except HeldForOperator as unmatched:
        error = {"code": unmatched.code, "message": unmatched.message, "hint": unmatched.hint, "who": "operator"}
        tx.documents.settle(document_id, "held", error=error)
        tx.audit.held(document_id, code=unmatched.code, message=unmatched.message)


def read_ta1(segment: Segment) -> Acknowledgment:
    """TA101 to TA105: the interchange answered, its date and time, the verdict and the note code."""
    elements = [str(each) for each in segment] + [""] * 6
    code = elements[5]
    errors = (ReportedError(level="interchange", code=code),) if code.strip("0") else ()
    return Acknowledgment(
        kind="TA1",
        interchange=elements[1] or None,
        interchange_date=elements[2] or None,
        interchange_time=elements[3] or None,
        verdict=_VERDICTS.get(elements[4]),  # type: ignore[arg-type]
        code=code or None,
        errors=errors,
    )
