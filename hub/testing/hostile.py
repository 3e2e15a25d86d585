"""A connector that breaks every promise, one at a time, to prove that the suites bite.

Each `Broken*` table names, for every test of a suite, the breach that this test must notice.
"""

from __future__ import annotations

import time
import uuid
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

from pydantic import ConfigDict

from hub.errors import PermanentDeliveryError, TemporaryDeliveryError, UncertainDeliveryError
from hub.ports import (
    Arrival,
    Call,
    Connector,
    ConnectorSpec,
    HttpRequest,
    HttpResponse,
    InboundDocument,
    OutboundDocument,
    Receipt,
    Services,
    Stored,
)
from hub.testing.memory import (
    SECRET,
    SECRET_NAME,
    MemoryConnector,
    MemoryListener,
    MemoryPoller,
    MemorySender,
    MemorySettings,
    Waiting,
)

CONNECTOR_BREACHES = {
    "test_check_is_silent_while_the_far_side_is_there": "check cries wolf",
    "test_check_names_what_is_wrong_when_the_far_side_is_down": "check sees nothing",
    "test_close_may_be_called_twice": "closes once only",
    "test_an_unknown_setting_is_a_diagnostic_at_its_place": "lax settings",
    "test_settings_cannot_be_changed_afterwards": "lax settings",
    "test_secrets_show_nowhere": "shows its secret",
    "test_somebody_else_at_the_far_side_is_refused": "trusts anybody",
}

POLLER_BREACHES = {
    **CONNECTOR_BREACHES,
    "test_the_bytes_arrive_unchanged": "changes bytes",
    "test_an_arrival_says_what_it_was_called_and_when_it_came": "forgets the name",
    "test_what_is_not_released_is_seen_again_under_the_same_key": "new key at every look",
    "test_a_crash_between_keep_and_release_gives_the_same_arrival_again": "new key after a restart",
    "test_what_is_released_is_never_seen_again": "release does nothing",
    "test_a_second_release_does_no_harm": "fails at the second release",
    "test_a_release_concerns_one_document_only": "releases everything",
    "test_a_document_put_under_a_released_name_is_a_new_arrival": "key is the name",
    "test_a_document_replaced_before_its_release_is_not_released_unseen": "releases by name",
    "test_the_same_bytes_under_two_names_are_two_arrivals": "key is the digest",
    "test_a_half_written_document_is_not_taken": "takes halves",
    "test_the_order_is_stable_and_oldest_first": "newest first",
    "test_an_empty_far_side_yields_nothing": "invents a document",
    "test_fifty_mebibytes_arrive_whole": "cuts long documents",
    "test_a_cursor_loses_nothing_that_was_not_released": "skips to the cursor",
    "test_a_far_side_that_is_down_is_not_an_empty_one": "check sees nothing",
}

LISTENER_BREACHES = {
    **{name: breach for name, breach in CONNECTOR_BREACHES.items() if breach != "trusts anybody"},
    "test_the_bytes_arrive_unchanged": "changes bytes",
    "test_success_is_said_only_of_what_is_stored": "answers before the commit",
    "test_the_answer_names_the_stored_message": "hides the id",
    "test_a_wrong_proof_carries_nothing_and_is_refused": "takes anybody's word",
    "test_a_stranger_is_answered_like_a_wrong_proof": "tells strangers apart",
    "test_a_replayed_request_has_the_same_key": "new key at every look",
    "test_different_requests_have_different_keys": "one key for all",
    "test_a_duplicate_is_answered_as_the_protocol_says": "scolds duplicates",
    "test_a_key_that_came_before_with_other_bytes_is_no_success": "swallows conflicts",
    "test_a_refusal_says_why_for_the_audit_trail": "refuses without a word",
    "test_a_body_over_the_limit_is_refused": "has no limit",
    "test_a_declared_length_over_the_limit_is_refused_before_the_body": "reads the body first",
    "test_a_wrong_proof_is_refused_before_the_body": "reads the body first",
    "test_no_header_makes_it_fail": "trips over headers",
    "test_another_method_is_refused": "takes any method",
}

SENDER_BREACHES = {
    **CONNECTOR_BREACHES,
    "test_success_gives_a_reference_and_the_far_side_has_the_bytes": "gives no reference",
    "test_prepared_wire_bytes_are_what_is_sent": "forgets the wire bytes",
    "test_a_large_document_arrives_whole": "cuts long documents",
    "test_the_same_key_twice_has_one_effect": "repeats itself",
    "test_two_keys_have_two_effects": "one key for all",
    "test_not_now_is_temporary": "gives up at once",
    "test_a_delay_that_the_far_side_names_is_handed_on": "forgets the delay",
    "test_never_is_permanent": "never gives up",
    "test_a_far_side_that_is_down_is_temporary": "gives up at once",
    "test_a_cut_before_the_body_is_temporary": "calls everything uncertain",
    "test_a_cut_during_the_body_is_uncertain_and_leaves_no_half": "leaves a half behind",
    "test_a_cut_after_the_body_is_uncertain": "calls everything temporary",
    "test_after_a_cut_the_same_key_is_delivered_once": "repeats itself",
    "test_a_failure_does_not_spoil_the_next_document": "sulks after a failure",
    "test_it_does_not_try_again_by_itself": "sleeps and tries again",
    "test_a_silent_far_side_is_given_up": "waits for ever",
}


class LaxSettings(MemorySettings):
    """Takes any key and may be changed."""

    model_config = ConfigDict(extra="allow", frozen=False)


class Hostile(MemoryConnector):
    """Breaks one promise and keeps the others."""

    breach = ""

    def __init__(self, settings: MemorySettings, services: Services) -> None:
        super().__init__(settings, services)
        self.born = uuid.uuid4().hex

    def check(self) -> None:
        if self.breach == "check cries wolf":
            raise TemporaryDeliveryError("all is well", "nothing to do")
        if self.breach == "check sees nothing":
            return
        if self.breach == "trusts anybody" and not self.far_side.is_down:
            return
        super().check()

    def close(self) -> None:
        if self.breach == "closes once only":
            del self.far_side

    def __repr__(self) -> str:
        return f"Hostile({SECRET})" if self.breach == "shows its secret" else "Hostile()"


class HostilePoller(Hostile, MemoryPoller):
    """A poller that loses, repeats, changes and invents documents."""

    def poll(self, cursor: str | None = None) -> Iterator[Arrival]:
        if self.breach == "takes halves":
            for found in self.far_side.documents.values():
                found.is_whole = True
        arrivals = list(super().poll(cursor))
        if self.breach == "newest first":
            arrivals.reverse()
        if self.breach == "skips to the cursor" and cursor is not None:
            arrivals = arrivals[1:]
        if self.breach == "invents a document" and not arrivals:
            arrivals = [Arrival(document=self.document("ghost", Waiting(b"", 0)), release=lambda _stored: None)]
        return iter(arrivals)

    def document(self, name: str, found: Waiting) -> InboundDocument:
        document = super().document(name, found)
        changes: dict[str, dict[str, Any]] = {
            "changes bytes": {"payload": document.payload.replace(b"\r\n", b"\n")},
            "forgets the name": {"name": ""},
            "new key at every look": {"idempotency_key": uuid.uuid4().hex},
            "new key after a restart": {"idempotency_key": f"{self.born}:{name}:{found.serial}"},
            "key is the name": {"idempotency_key": name},
            "key is the digest": {"idempotency_key": document.idempotency_key.rpartition(":")[2]},
            "cuts long documents": {"payload": document.payload[: 1 << 20]},
        }
        return replace(document, **changes.get(self.breach, {}))

    def releaser(self, name: str, found: Waiting) -> Callable[[Stored], None]:
        documents = self.far_side.documents
        honest = super().releaser(name, found)

        def release(stored: Stored) -> None:
            if self.breach == "release does nothing":
                return
            if self.breach == "releases everything":
                documents.clear()
            elif self.breach == "fails at the second release":
                del documents[name]
            elif self.breach == "releases by name":
                documents.pop(name, None)
            else:
                honest(stored)

        return release


class HostileListener(Hostile, MemoryListener):
    """A listener that believes and promises too much."""

    def admit(self, head: HttpRequest) -> HttpResponse | None:
        if self.breach == "reads the body first":
            return None
        if self.breach == "takes anybody's word":
            head = replace(head, headers={**head.headers, "x-password": SECRET})
        if self.breach == "takes any method":
            head = replace(head, method="POST")
        if self.breach == "trips over headers":
            head.headers.get("authorization", "").encode("ascii")
        if self.breach == "tells strangers apart" and "x-password" not in head.headers:
            return HttpResponse(status=403, body=b"never heard of you")
        return super().admit(head)

    def receive(self, request: HttpRequest) -> Call:
        kept = self.far_side.max_size
        if self.breach == "has no limit":
            self.far_side.max_size = len(request.body)
        call = super().receive(request)
        self.far_side.max_size = kept
        if self.breach == "refuses without a word":
            return replace(call, rejection=None)
        if self.breach == "changes bytes":
            changed = tuple(replace(each, payload=each.payload.replace(b"\r\n", b"\n")) for each in call.documents)
            return replace(call, documents=changed)
        return call

    def key(self, request: HttpRequest) -> str:
        if self.breach == "new key at every look":
            return uuid.uuid4().hex
        return "the key" if self.breach == "one key for all" else super().key(request)

    def answer(self, stored: tuple[Stored, ...]) -> HttpResponse:
        if self.breach == "answers before the commit" and not stored:
            return HttpResponse(status=200)
        if self.breach == "scolds duplicates" and stored[0].is_duplicate:
            return HttpResponse(status=409)
        if self.breach == "swallows conflicts":
            stored = tuple(replace(each, is_conflict=False) for each in stored)
        answer = super().answer(stored)
        return replace(answer, body=b"{}") if self.breach == "hides the id" else answer


class HostileSender(Hostile, MemorySender):
    """A sender that repeats, loses and misjudges."""

    sulks = False

    def send(self, document: OutboundDocument) -> Receipt:
        if self.sulks:
            raise TemporaryDeliveryError("still sulking", "restart")
        self._misbehave(document)
        changes: dict[str, dict[str, Any]] = {
            "forgets the wire bytes": {"wire": None},
            "cuts long documents": {"payload": document.payload[: 1 << 20]},
            "repeats itself": {"idempotency_key": uuid.uuid4().hex},
            "one key for all": {"idempotency_key": "the key"},
        }
        try:
            receipt = super().send(replace(document, **changes.get(self.breach, {})))
        except (TemporaryDeliveryError, PermanentDeliveryError, UncertainDeliveryError) as failure:
            self.sulks = self.breach == "sulks after a failure"
            raise self._misjudge(failure) from failure
        return replace(receipt, reference="") if self.breach == "gives no reference" else receipt

    def _misbehave(self, document: OutboundDocument) -> None:
        far_side = self.far_side
        if self.breach == "waits for ever" and far_side.is_silent:
            time.sleep(far_side.patience + 0.05)
        if self.breach == "sleeps and tries again" and far_side.not_now is not None:
            time.sleep(far_side.patience + 0.05)
        if self.breach == "leaves a half behind" and far_side.next_cut == "during":
            far_side.kept["half"] = document.payload[:10]

    def _misjudge(self, failure: Exception) -> Exception:
        judged: dict[str, type[Exception]] = {
            "gives up at once": PermanentDeliveryError,
            "forgets the delay": TemporaryDeliveryError,
            "never gives up": TemporaryDeliveryError,
            "calls everything uncertain": UncertainDeliveryError,
            "calls everything temporary": TemporaryDeliveryError,
        }
        wrong = judged.get(self.breach)
        return failure if wrong is None else wrong("misjudged")


def hostile(kind: type[Hostile], breach: str) -> ConnectorSpec:
    """A connector of this kind that commits this breach."""

    def build(settings: MemorySettings, services: Services) -> Connector:
        connector = kind(settings, services)
        connector.breach = breach
        return connector

    settings = LaxSettings if breach == "lax settings" else MemorySettings
    return ConnectorSpec(name=f"hostile-{SECRET_NAME}", summary=breach, settings=settings, build=build)
