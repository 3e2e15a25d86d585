"""What an agreement can be told: acknowledgments, deadlines, duplicates, numbering, findings, tolerances.

Every block may stand under a partner's `defaults:` and again in an agreement, which then needs to name only what differs.
"""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from typing import Annotated, Literal, TypeAlias

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from hub.config.check import mistake
from hub.config.spans import Percent, Span


class Block(BaseModel):
    """Base of every part of a partner file: unknown keys are mistakes, values are frozen."""

    model_config = ConfigDict(extra="forbid", frozen=True)


def _deadline(value: timedelta) -> timedelta:
    if not timedelta(0) < value <= timedelta(days=366):
        raise mistake("CFG-113", "a deadline is longer than nothing and at most a year", "such as 1h, 24h, 5d")
    return value


Deadline = Annotated[Span, AfterValidator(_deadline)]


class Acknowledge(Block):
    """How we answer what arrives.

    kind        997 (the default for X12, for 005010 too), 999, contrl (the default for EDIFACT) or none
    when        always; requested (UNB 0031 = 1; an X12 group is always answered); rejected: only bad news; never
    detail      how far a negative answer explains: group (AK9, UCI), message (AK5, UCM), element (AK3 and AK4, UCS and UCD)
    technical   when a TA1 goes out: requested (ISA14 = 1), errors (also unasked where the envelope is wrong), never
    within      our own deadline
    over        the connection that carries it; empty: the agreement's
    directory   CONTRL directory such as `2:2:UN:EAN002`; empty: what the received syntax asks for
    """

    kind: Literal["997", "999", "contrl", "none"] | None = None
    when: Literal["always", "requested", "rejected", "never"] | None = None
    detail: Literal["group", "message", "element"] = "element"
    technical: Literal["requested", "errors", "never"] = "requested"
    within: Deadline = timedelta(hours=1)
    over: str = ""
    directory: str = ""


FOREIGN_KINDS = {"x12": frozenset({"contrl"}), "edifact": frozenset({"997", "999"})}
"""What cannot answer a standard; where a partner's defaults name it, the standard's own kind is meant."""


class Expect(Block):
    """What must come back for what we send, and by when; a span that is absent is not waited for.

    Spans run in open time on the partner's calendar: with `hours: 08:00-16:00` a working day is 8h.
    """

    delivery: Deadline | None = None
    syntax: Deadline | None = None
    business: Deadline | None = None


class Due(Block):
    """By when, after their document arrived, ours has to leave; the despatch from the requested ship date, where there is one.

    Spans run in open time on the partner's calendar.
    """

    response: Deadline | None = None
    despatch: Deadline | None = None
    invoice: Deadline | None = None


class Duplicates(Block):
    """The same control number from the same sender within `window`, and the same business key at any time.

    The same bytes are answered again and not processed; other bytes under a used number are held, accepted or rejected. The
    business key is partner, type, number, release, date and function.
    """

    window: Span = timedelta(days=90)
    same_bytes: Literal["answer", "hold"] = "answer"
    other_bytes: Literal["hold", "accept", "reject"] = "hold"
    business: Literal["hold", "accept", "answer"] = "hold"


class Counter(Block):
    """A control number: from `first` to `last` and round again; `prefix` only for EDIFACT (0020 is alphanumeric)."""

    first: Annotated[int, Field(ge=0)] = 1
    last: Annotated[int, Field(ge=1, le=99_999_999_999_999)] = 999_999_999
    width: Annotated[int, Field(ge=1, le=14)] | None = None
    prefix: Annotated[str, Field(max_length=9, pattern=r"^[A-Z0-9]*$", examples=["EH"])] = ""


class Numbering(Block):
    """Which counters the envelopes we write use.

    scope    who shares a counter: the pair of sender and receiver ids, the partner, or the agreement
    message  ST02 and UNH 0062: restart in every group or interchange, or running on
    test     test interchanges share the counters of production or have their own
    """

    scope: Literal["pair", "partner", "agreement"] = "pair"
    interchange: Counter = Counter()
    group: Counter = Counter()
    message: Literal["restart", "running"] = "restart"
    test: Literal["shared", "split"] = "shared"


Verdict: TypeAlias = Literal["accept", "accept_with_errors", "hold", "reject"]


class Findings(Block):
    """What becomes of a document with errors, by the layer of the finding.

    envelope and standard decide what the acknowledgment says (accept, accept with errors, reject); guide, table and business
    never do: they hold the document, or reject it with an 824 or APERAK.
    """

    envelope: Literal["accept", "accept_with_errors", "reject"] = "reject"
    standard: Literal["accept", "accept_with_errors", "reject"] = "reject"
    guide: Verdict = "hold"
    table: Verdict = "hold"
    business: Verdict = "hold"


_Amount = Annotated[Decimal, Field(ge=0, max_digits=18)]


class Tolerances(Block):
    """How far things that should be equal may differ before the document is held.

    count          lines or segments in a control total
    total          an amount against the sum of its lines, in the document's currency
    price          a price against the price list
    quantity       a quantity against the usual one, for auto-confirmation
    over_shipment  shipped beyond confirmed (catch weight)
    over_invoicing invoiced beyond shipped
    charges_only   invoices without goods (freight) are welcome
    """

    count: Annotated[int, Field(ge=0)] = 0
    total: _Amount = Decimal("0.00")
    price: Percent = Decimal(0)
    quantity: Percent | None = None
    over_shipment: Percent = Decimal(0)
    over_invoicing: Percent = Decimal(0)
    charges_only: bool = False


class Largest(Block):
    """Beyond what an order is no longer usual and waits for a person; what is absent is not looked at.

    amount    net of tax, in the currency of `orders.currency`
    quantity  of one line, in the unit of that line
    """

    amount: _Amount | None = None
    lines: Annotated[int, Field(ge=1)] | None = None
    quantity: _Amount | None = None


class OrderHandling(Block):
    """What becomes of orders by themselves, of an agreement or of a channel.

    currency          what amounts are in where an order names none; rules and price lists compare in it
    largest           beyond which `confirm: automatic` leaves an order to a person
    on_shortage       what automatic confirmation does where the stock table has too little: hold (in draft, with its reason),
                      backorder (the whole order waits), partial (what is there is confirmed, the rest waits), reject (what
                      is there is confirmed, the rest refused)
    invoice_on        the status on which `order.invoice_due` is told; the document follows the invoice itself
    delivery_note_on  the status on which `order.delivery_note_due` is told
    despatch_on       the status on which `order.despatch_due` is told
    """

    currency: Annotated[str, Field(pattern=r"^([A-Z]{3})?$", examples=["USD", "EUR"])] = ""
    largest: Largest = Largest()
    on_shortage: Literal["hold", "backorder", "partial", "reject"] = "hold"
    invoice_on: Literal["confirmed", "shipping", "paid", "manual"] = "manual"
    delivery_note_on: Literal["confirmed", "paid", "ready", "manual"] = "manual"
    despatch_on: Literal["confirmed", "ready", "shipping", "manual"] = "manual"


class Retention(Block):
    """How long things are kept after they were settled; nothing is removed where nothing is said.

    payloads  the bytes of messages: hash, size and story stay
    messages  whole records, and orders that have come to their end; never shorter than a duplicates window
    """

    payloads: Span | None = None
    messages: Span | None = None
