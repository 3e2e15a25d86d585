"""What happened to a message, told in words: the one sentence above its page, what to do, and the timeline."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any
from zoneinfo import ZoneInfo

from hub.web.console import words
from hub.web.console.moments import moment

Detail = Mapping[str, Any]
NOTHING = "Nothing."
_OURS = "Nothing now; it goes on by itself."


def headline(item: Mapping[str, Any], *, partner: str, zone: ZoneInfo, attempts: int) -> tuple[str, str]:
    """What happened in one sentence, and what to do."""
    named = _named(item)
    at = moment(item["created_at"], zone)
    if item["direction"] == "in":
        return _arrived(item, f"{named} from {partner} arrived on {at}")
    return _left(item, f"{named} for {partner}", at, attempts)


def _named(item: Mapping[str, Any]) -> str:
    number = f" {item['business_number']}" if item["business_number"] else ""
    test = "Test " if item["test"] else ""
    word = words.type_word(dict(item))
    return f"{test}{word.lower() if test and not words.is_mdn(dict(item)) else word}{number}"


def _arrived(item: Mapping[str, Any], begun: str) -> tuple[str, str]:
    error = item["error"] or {}
    why, cure = words.ended(error.get("message", "")), error.get("hint", "")
    who = "" if error.get("who") == "operator" else words.ACTORS.get(error.get("who", ""), "")
    cure = _sentence(f"{who} acts: {cure}" if who else cure)
    state = item["state"]
    if state == "done":
        follows = " and belongs to an order" if item["order_id"] else " and was processed"
        return f"{begun}{follows}.", NOTHING
    if state == "duplicate":
        return f"{begun}; it had come before, so it had no further effect.", NOTHING
    if state == "discarded":
        return f"{begun}; somebody decided that it shall have no effect. It is kept as evidence.", NOTHING
    if state == "held":
        return f"{begun} and waits for a person: {why}", cure or "Decide, then `edihub replay` processes it again."
    if state == "rejected":
        return f"{begun} and was refused: {why}", cure or "The partner has been told and must send it again."
    if state == "quarantined":
        return (
            f"{begun}; processing it failed several times, so it was set aside. {why}",
            "Report it with the stored bytes, then `edihub replay`.",
        )
    if state == "retry":
        return f"{begun}; the last attempt to process it failed: {why}", "Nothing now; it is tried again by itself."
    return f"{begun} and is being read.", _OURS


def _left(item: Mapping[str, Any], named: str, at: str, attempts: int) -> tuple[str, str]:
    error = item["error"] or {}
    why, cure = words.ended(error.get("message", "")), _sentence(error.get("hint", ""))
    tries = "1 attempt" if attempts == 1 else f"{attempts} attempts"
    state = item["state"]
    if state == "dead":
        return (
            f"{named} was given up after {tries}: {why}",
            f"{cure} Then send the same bytes again with `edihub resend {item['message_id']}`.".strip(),
        )
    if state == "held":
        return (
            f"{named} was not sent: {why or 'it waits for a person.'}",
            cure or "Name a connection for it in the partner's file.",
        )
    if state == "cancelled":
        return f"{named} was cancelled before it was sent.", NOTHING
    if state == "retry":
        return f"{named} could not be delivered yet ({tries}): {why}", "Nothing now; it is tried again by itself."
    if state in {"ready", "queued"}:
        return f"{named} was made on {at} and is about to be sent.", _OURS
    if item["type"] == "acknowledgment" or words.is_mdn(dict(item)):
        return f"{named} was sent on {at}; it answers what they sent us.", NOTHING
    return _by_lights(item["lights"], f"{named} was sent on {at}")


def _by_lights(lights: Mapping[str, Any], begun: str) -> tuple[str, str]:
    """The worst light speaks first: a failure, then what is late, then what is still to come."""
    for light, failed, to_do in _FAILED:
        if lights[light]["state"] == "failed":
            return f"{begun}, but {failed}: {words.ended(words.light_title(lights[light]))}", to_do
    for light, late, to_do in _OVERDUE:
        if lights[light]["state"] == "overdue":
            return f"{begun}, but {late}.", to_do
    states = {light: lights[light]["state"] for light in words.LIGHTS}
    waiting = [_WAITED[light] for light, state in states.items() if state == "waiting"]
    fine = [_FINE[light] for light, state in states.items() if state == "ok"]
    if waiting:
        so_far = f" It {_listed(fine)}." if fine else ""
        return f"{begun}; {_listed(waiting)} {'is' if len(waiting) == 1 else 'are'} still to come.{so_far}", _OURS
    return f"{begun}; it {_listed(fine)}." if fine else f"{begun}.", NOTHING


_FINE = {"delivery": "was delivered", "syntax": "could be read", "business": "was agreed to"}
_WAITED = {
    "delivery": "proof of delivery",
    "syntax": "the partner's acknowledgment",
    "business": "the partner's business answer",
}
_FAILED = (
    ("business", "the partner does not agree", "Call the partner about what they refuse, then issue a corrected document."),
    (
        "syntax",
        "the partner's system could not read it",
        "Compare it with the partner's guide; correct the mapping and issue it again.",
    ),
    ("delivery", "it did not arrive", "Correct the cause, then send the same bytes again with `edihub resend`."),
)
_OVERDUE = (
    ("delivery", "the proof of delivery is late", "Ask the partner whether it arrived; it is never sent twice by itself."),
    (
        "syntax",
        "the partner's acknowledgment is late",
        "Ask the partner whether they could read it; it is never sent twice by itself.",
    ),
    ("business", "the partner's business answer is late", "Ask the partner for their answer."),
)


def _listed(parts: list[str]) -> str:
    return parts[0] if len(parts) == 1 else f"{', '.join(parts[:-1])} and {parts[-1]}"


def _sentence(text: str) -> str:
    return text[:1].upper() + words.ended(text)[1:]


def timeline(trail: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The audit events in words, oldest first; an event that has no words yet is shown by its name, never left out."""
    return [{"at": event["at"], "actor": _actor(event["actor"]), "text": _told(event)} for event in trail]


def _told(event: Mapping[str, Any]) -> str:
    tell = _TOLD.get(event["type"])
    if tell is None:
        said = ", ".join(f"{name} {value}" for name, value in event["detail"].items())
        return f"{event['type']}: {said}" if said else str(event["type"])
    return tell(_Said(event["detail"]))


class _Said(dict[str, Any]):
    """Details of an event; one that an older edihub did not write reads as nothing."""

    def __missing__(self, _name: str) -> str:
        return ""


def _actor(actor: str) -> str:
    kind, _, name = actor.partition(":")
    return f"{name} (shell)" if kind == "shell" and name else actor


def _read(d: Detail) -> str:
    count = f"{d['messages']} message{'' if d['messages'] == 1 else 's'}"
    faults = f", {d['errors']} error{'' if d['errors'] == 1 else 's'}" if d["errors"] else ""
    return f"Interchange read: {count}{faults}; the interchange as a whole is {str(d['verdict']).replace('_', ' ')}"


def _attempted(d: Detail) -> str:
    return f"Attempt {d['attempt']} failed: {d['message']} ({d['code']})"


def _delivered(d: Detail) -> str:
    evidence = d["evidence"] or {}
    if "mdn_disposition" in evidence:
        return f"Proof of delivery: the MDN says {str(evidence['mdn_disposition']).partition(';')[2].strip() or evidence['mdn_disposition']}"
    return f"Handed over; the far side calls it {d['reference']}" if d["reference"] else "Handed over"


_TOLD: Mapping[str, Callable[[Detail], str]] = {
    "message.received": lambda d: f"Received over {d['connection']}, {words.size(int(d['size'] or 0))}, stored",
    "message.repeated": lambda d: f"The same arrival came again over {d['connection']}; the first stands",
    "message.conflicted": lambda _: "The same transport key came again with other content; a person has to look",
    "interchange.read": _read,
    "duplicate.found": lambda d: f"Found to be a repetition of {d['of']} (same {str(d['level']).replace('_', ' ')})",
    "acknowledgment.queued": lambda d: f"Answered with {d['kind']}",
    "held": lambda d: f"Held for a person: {d['message']} ({d['code']})",
    "message.held": lambda d: f"Held for a person: {d['message']} ({d['code']})",
    "released": lambda d: f"Released{': ' + d['reason'] if d['reason'] else ''}",
    "document.translated": lambda d: (
        f"Understood as {str(words.KINDS.get(d['kind'], d['kind'])).lower()} {d['number']}".rstrip()
    ),
    "rejected": lambda d: f"Refused, and the partner told: {d['message']} ({d['code']})",
    "order.status": lambda d: f"Order status changed: {d['reason']}".removesuffix(": "),
    "message.queued": lambda d: f"Written and put into the outbox for {d['connection']}, interchange {d['interchange']}",
    "attempt.failed": _attempted,
    "message.delivered": _delivered,
    "request.refused": lambda d: f"A request was refused: {d['explained'] or d['message']} ({d['code']})",
    "certificate.ends": lambda d: f"A certificate ends on {d['ends'][:10]}: {d['subject']} ({d['role']})",
    "attempt.overtaken": lambda _: "The receipt came before the attempt was over",
    "proof.repeated": lambda _: "Another receipt says the same",
    "proof.unmatched": lambda d: f"A receipt for something that we did not send: {d['refers_to']}",
    "proof.doubted": lambda d: f"A receipt that nobody signed came and changed nothing: {d['reason']} ({d['code']})",
    "message.dead": lambda d: f"Given up: {d['message']} ({d['code']})",
    "message.quarantined": lambda d: f"Set aside: {d['message']} ({d['code']})",
    "light.moved": lambda d: (
        f"{words.LIGHTS.get(d['light'], d['light'])} light: {words.LIGHT_STATES.get(d['state'], d['state'])}{', ' + d['reason'] if d['reason'] else ''}"
    ),
    "light.contradicted": lambda d: (
        f"The partner now says {words.LIGHT_STATES.get(d['told'], d['told'])}, after {words.LIGHT_STATES.get(d['stands'], d['stands'])}; the {d['light']} light stays"
    ),
    "acknowledgment.unmatched": lambda d: f"It answers something that we did not send: {d['refers_to']}",
    "replayed": lambda _: "Processed again from the stored bytes",
    "discarded": lambda d: f"Discarded{': ' + d['reason'] if d['reason'] else ''}",
    "resent": lambda _: "The same bytes sent again",
    "work.opened": lambda d: f"A person is asked to look: {d['message']} ({d['code']})",
    "work.handled": lambda d: f"Marked as handled: {d['reason']}",
    "payload.removed": lambda d: f"Its bytes were removed: {d['why']}; hash and story are kept",
    "legal_hold.begun": lambda d: f"Kept for a legal reason: {d['reason']}",
    "legal_hold.ended": lambda d: f"No longer kept for a legal reason: {d['reason']}",
    "order.change_applied": lambda d: f"The buyer's change was applied: {d['reason']}",
    "order.change_rejected": lambda d: f"The buyer's change was refused: {d['reason']}",
    "order.change_pending": lambda d: f"The buyer asks for a change, a person decides: {d['reason']}",
    "order.received": lambda _: "The buyer says what arrived",
    "order.overdue": lambda d: f"Late: {str(d['duty']).replace('_', ' ')}",
    "order.redacted": lambda d: f"Personal data removed: {d['reason']}",
}
