"""One AS2 connection: sends, receives, and answers for its certificates."""

from __future__ import annotations

import base64
import ssl
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from threading import Lock
from time import perf_counter_ns

from connectors.as2 import receiving, sending, wire
from connectors.as2.certificates import KeyPair
from connectors.as2.cms.sign import Signing
from connectors.as2.destination import check, is_agreed
from connectors.as2.faults import Fault
from connectors.as2.headers import Address, HeaderError, ReceiptRequest, bracketed, read_address, read_receipt_request
from connectors.as2.judging import ReceivedMdn, from_unwrapped, judge
from connectors.as2.mdn import MAX_REPORT
from connectors.as2.mime.fields import MimeError
from connectors.as2.policy import DatedException, Policy
from connectors.as2.roles import Roles, load_roles
from connectors.as2.settings import As2Settings
from connectors.as2.source import FileSource, MemorySource, Source
from connectors.as2.transport import Timeouts, knock, post, tls_context
from connectors.as2.unwrapping import Relation, Unwrapped
from hub.ports import (
    Call,
    CertificateStatus,
    HttpRequest,
    HttpResponse,
    OutboundDocument,
    Proof,
    Receipt,
    Rejection,
    Services,
    Spooling,
)


class As2Connector:
    """`Sender`, `Preparer`, `Listener`, `Gatekeeper` and `Certified`.

    `relation` is what the partner's messages are taken apart with, `receipt_relation` what MDNs for our own messages are.
    """

    def __init__(self, settings: As2Settings, services: Services) -> None:
        self.settings = settings
        self._services = services
        self._roles = load_roles(settings, services.secret)
        self._folder: Path | None = services.spool() if isinstance(services, Spooling) else None
        self._timeouts = Timeouts(connect=settings.connect_timeout, read=settings.read_timeout, total=settings.total_timeout)
        self._lock = Lock()
        self._signings: dict[tuple[str, str], Signing] = {}
        self._tls: ssl.SSLContext | None = None
        exceptions = tuple(DatedException(e.algorithm, e.until) for e in settings.exceptions)
        required = settings.require
        self.relation = Relation(
            keys=self._roles.decrypting(),
            signers=self._roles.verifying(),
            policy=Policy(required.signed, required.encrypted, exceptions),
            max_size=settings.max_size,
        )
        self.receipt_relation = replace(self.relation, keys=(), policy=Policy(False, False, exceptions))

    def check(self) -> None:
        """Raise a `DeliveryError` where the address is refused, nobody answers there, or no certificate is in force.

        A connection is opened, with TLS where the address has it, and closed again; nothing is sent.
        """
        now = self._services.now()
        if self.settings.sign is not None:
            self._roles.signing(now)
        if self.settings.encrypt is not None:
            self._roles.encrypting(now)
        destination = check(self.settings.url, networks=self.settings.allow_networks)
        knock(destination, self._timeouts, self._context() if destination.scheme == "https" else None)

    def close(self) -> None:
        """Nothing is kept open between two messages."""

    @property
    def roles(self) -> Roles:
        """The certificates of both sides, by what they are for."""
        return self._roles

    def certificates(self) -> tuple[CertificateStatus, ...]:
        """Every certificate of this connection, both sides."""
        return self._roles.status()

    def prepare(self, document: OutboundDocument) -> OutboundDocument:
        """Make the wire bytes, the Message-ID and the evidence. What is prepared already stays as it is."""
        if document.wire is not None or document.wire_body is not None:
            return document
        now = self._services.now()
        digest = self.settings.sign
        signing = None if digest is None else self._signing(self._roles.signing(now), digest)
        return sending.prepare(document, sending.Preparing(self.settings, self._roles, signing, self._folder), now)

    def send(self, document: OutboundDocument) -> Receipt:
        """Post the stored wire bytes and judge the answer."""
        ready = self.prepare(document)
        is_mdn = ready.evidence.get("kind") == "mdn"
        url = str(ready.evidence["url"]) if is_mdn else self.settings.url
        destination = check(url, networks=self.settings.allow_networks)
        headers, head_size, pieces = wire.split_pieces(ready.pieces())
        is_own_address = is_agreed(url, self.settings.url, is_exact=False)
        answer = post(
            destination,
            headers | (self._login() if is_own_address else {}),
            pieces,
            size=None if self.settings.transfer == "chunked" else ready.size - head_size,
            timeouts=self._timeouts,
            context=self._context() if destination.scheme == "https" else None,
        )
        return sending.outcome(answer, ready, self.settings, self.receipt_relation, self._services.now())

    def admit(self, head: HttpRequest) -> HttpResponse | None:
        """Refuse a body that is announced larger than agreed, before it is read."""
        return receiving.too_large(head, self.settings.max_size)

    def receive(self, request: HttpRequest) -> Call:
        """A message or an MDN from this partner; never an exception for anything a stranger can send."""
        if request.method != "POST":
            return receiving.not_as2(request, 405, "AS2-120", "AS2 messages are posted.")
        try:
            address = read_address(request.headers)
        except HeaderError as fault:
            return receiving.not_as2(request, 400, "AS2-121", f"This is not an AS2 message: {fault}.")
        if (address.sender, address.receiver) != (self.settings.partner_name, self.settings.our_name):
            return receiving.unknown_relation(request, address, self._services.now())
        return self.take(request, address)

    def take(self, request: HttpRequest, address: Address) -> Call:
        """The same for a request whose address is known to be ours."""
        reception = self._reception(request, address)
        body: Source = FileSource(request.body_path) if request.body_path is not None else MemorySource(request.body)
        try:
            return self._open(reception, body)
        finally:
            if isinstance(body, FileSource):
                body.close()

    def _open(self, reception: receiving.Reception, body: Source) -> Call:
        started = perf_counter_ns()
        unwrapped: Unwrapped | None = None
        try:
            unwrapped = receiving.open_message(reception, body)
            if receiving.is_mdn(unwrapped):
                return self._proof(unwrapped, body, reception)
            return receiving.accept(reception, unwrapped, started)
        except (Fault, MimeError) as fault:
            if unwrapped is not None:
                unwrapped.discard()
            known = fault if isinstance(fault, Fault) else Fault("AS2-109", detail={"why": str(fault)})
            return receiving.refuse(reception, known)

    def _reception(self, request: HttpRequest, address: Address) -> receiving.Reception:
        now = self._services.now()
        wish = read_receipt_request(request.headers)
        excused = self.relation.policy.excused(now)
        chosen = wish.mic(excused=excused)
        return receiving.Reception(
            address=address,
            request=wish,
            relation=self.relation,
            at=now,
            signing=self._mdn_signing(wish, "sha256" if chosen is None else chosen[0], excused, now),
            domain=self.settings.domain,
            folder=self._folder,
            peer=request.peer,
            headers=receiving.storable(request.headers),
            chosen=chosen,
            url_fault=self._url_fault(wish),
        )

    def _proof(self, unwrapped: Unwrapped, body: Source, reception: receiving.Reception) -> Call:
        raw = wire.join(dict(receiving.content_head(reception.headers).fields), body.read(0, 2 * MAX_REPORT))
        evidence = receiving.common_evidence(reception)
        try:
            received = from_unwrapped(unwrapped, raw)
        except MimeError as fault:
            text = f"the MDN cannot be read: {fault}"
            rejection = Rejection(code="AS2-307", message=text, reference=reception.address.message_id, evidence=evidence)
            refused = receiving.plain(400, "This is not an MDN that can be read.")
            return Call(documents=(), answer=lambda _: refused, rejection=rejection)
        finally:
            unwrapped.discard()
        return Call(documents=(), answer=lambda _: HttpResponse(status=200), proofs=(_as_proof(received, evidence),))

    def _url_fault(self, wish: ReceiptRequest) -> Fault | None:
        if not wish.wanted or not wish.url:
            return None
        agreed = self.settings.partner_mdn_url
        if is_agreed(wish.url, agreed or self.settings.url, is_exact=bool(agreed)):
            return None
        return Fault("AS2-116", detail={"asked": wish.url[:300]})

    def _signing(self, own: KeyPair, digest: str) -> Signing:
        key = (own.certificate.sha256, digest)
        found = self._signings.get(key)
        if found is None:
            # two threads that both make it make the same
            found = self._signings[key] = Signing(own, digest=digest, scheme=self.settings.signature)
        return found

    def _mdn_signing(self, wish: ReceiptRequest, digest: str, excused: frozenset[str], now: datetime) -> Signing | None:
        """How to sign a receipt: with the digest that was asked for, as long as that is strong or excused."""
        own = self._roles.receipting(now) if wish.signed else None
        if own is None:
            return None
        is_usable = digest in {"sha256", "sha384", "sha512"} or digest in excused
        return self._signing(own, digest if is_usable else "sha256")

    def _login(self) -> dict[str, str]:
        auth = self.settings.auth
        if auth is None:
            return {}
        if auth.token is not None:
            return {"Authorization": f"Bearer {self._services.secret(auth.token.name).strip()}"}
        assert auth.password is not None
        password = self._services.secret(auth.password.name).strip()
        return {"Authorization": "Basic " + base64.b64encode(f"{auth.user}:{password}".encode()).decode()}

    def _context(self) -> ssl.SSLContext:
        with self._lock:
            if self._tls is None:
                tls = self.settings.tls
                names = (tls.ca, tls.certificate, tls.key)
                ca, certificate, key = (None if name is None else self._services.secret(name.name) for name in names)
                self._tls = tls_context(ca=ca, certificate=certificate, key=key)
        return self._tls


def _as_proof(received: ReceivedMdn, evidence: Mapping[str, object]) -> Proof:
    return Proof(
        reference=bracketed(received.mdn.original_message_id),
        raw=received.raw,
        judge=lambda sent: judge(received, sent),
        evidence={**evidence, **received.evidence},
    )
