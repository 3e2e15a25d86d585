"""Takes one raw interchange per POST: the caller is checked by the head, the bytes are stored before any 2xx."""

from __future__ import annotations

import json
import re
import time
import uuid
from collections.abc import Mapping
from urllib.parse import quote

from connectors.http.credentials import authorization, challenge, is_authorized
from connectors.http.settings import Receive
from hub.errors import HubError, PermanentDeliveryError
from hub.ports import Call, HttpRequest, HttpResponse, InboundDocument, Rejection, Services, Stored

_LOOK_AGAIN = 5.0
_KEY = re.compile(r"[\x21-\x7e]{1,255}")


class HttpListener:
    """One partner's door. With `Idempotency-Key` a repeated request is the same arrival; without, each is its own.

    A partner who sends an interchange again without a key means it: control numbers then tell that it is the same one.
    """

    def __init__(self, settings: Receive, services: Services) -> None:
        self._settings = settings
        self._services = services
        self._known: tuple[float, str] | None = None

    def check(self) -> None:
        """Raise when the secret that callers are compared with is missing."""
        self._known = None
        try:
            self._expected()
        except HubError as fault:
            raise PermanentDeliveryError(
                "the secret that callers are checked against is not there", fault.hint or fault.message, code="DLV-429"
            ) from fault

    def close(self) -> None:
        """Nothing is held open."""

    def admit(self, head: HttpRequest) -> HttpResponse | None:
        """Refuse by method, credentials, length and key, before the body is read."""
        if head.method != "POST":
            return _problem(405, "HUB-405", "only POST is taken here", "post one interchange as the body", {"allow": "POST"})
        expected = self._expected()
        if expected and not is_authorized(head.headers.get("authorization", ""), expected):
            assert self._settings.auth is not None
            asked = {"www-authenticate": challenge(self._settings.auth)}
            return _problem(401, "SEC-401", "the credentials are missing or wrong", "ask the hub's operator for yours", asked)
        length = head.headers.get("content-length", "")
        if length.isdecimal() and int(length) > self._settings.max_size:
            return self._too_large()
        key = head.headers.get("idempotency-key")
        if key is not None and not _KEY.fullmatch(key):
            return _problem(
                400, "HUB-400", "the Idempotency-Key is not 1 to 255 visible characters", "send a shorter, plain key"
            )
        return None

    def receive(self, request: HttpRequest) -> Call:
        """The body as one document, or a refusal."""
        refusal = self.admit(request)
        size = len(request.body) if request.body_path is None else request.body_path.stat().st_size
        if refusal is None and size > self._settings.max_size:
            refusal = self._too_large()
        if refusal is None and request.body_path is None and not request.body.strip():
            refusal = _problem(400, "HUB-400", "the request has no body", "post the interchange itself as the body")
        if refusal is not None:
            return refused(refusal)
        key = request.headers.get("idempotency-key")
        document = InboundDocument(
            payload=request.body,
            body=request.body_path,
            idempotency_key=f"key:{key}" if key is not None else f"request:{uuid.uuid4().hex}",
            received_at=self._services.now(),
            name=_label(request.headers.get("x-file-name", "")),
            media_type=request.headers.get("content-type", "application/octet-stream")[:100],
            evidence={"peer": request.peer, "size": size, "idempotency_key": key},
        )
        return Call(documents=(document,), answer=_accepted)

    def _expected(self) -> str:
        """The header that is expected; looked up again after a while, since secrets are rotated under a running hub."""
        if self._settings.auth is None:
            return ""
        now = time.monotonic()
        if self._known is None or now - self._known[0] > _LOOK_AGAIN:
            self._known = (now, authorization(self._settings.auth, self._services))
        return self._known[1]

    def _too_large(self) -> HttpResponse:
        message = f"the body is larger than {self._settings.max_size} bytes"
        return _problem(413, "HUB-413", message, "split the interchange, or ask the hub's operator for a higher limit")


def refused(response: HttpResponse) -> Call:
    """A call that carried nothing and is answered with the refusal."""
    said = json.loads(response.body)
    rejection = Rejection(code=said["code"], message=said["title"], hint=said["hint"])
    return Call(documents=(), answer=lambda _stored: response, rejection=rejection)


def _accepted(stored: tuple[Stored, ...]) -> HttpResponse:
    """202: the bytes are durable; what the hub makes of them is told by the acknowledgment."""
    if not stored:
        return _problem(503, "HUB-503", "the document could not be stored", "send it again with the same Idempotency-Key")
    first = stored[0]
    if first.is_conflict:
        return _problem(
            422, "HUB-422", "this Idempotency-Key came before with another body", "use a new key for a new document"
        )
    body = json.dumps({"id": first.message_id, "duplicate": first.is_duplicate}).encode()
    headers = {"content-type": "application/json", "x-message-id": quote(first.message_id, safe="")}
    return HttpResponse(status=202, body=body, headers=headers)


def _label(name: str) -> str:
    """A file name from outside is a label for people, never a path."""
    printable = "".join(character for character in name if character.isprintable())
    return printable.replace("\\", "/").rpartition("/")[2][:120]


def _problem(status: int, code: str, message: str, hint: str, headers: Mapping[str, str] | None = None) -> HttpResponse:
    """A problem document (RFC 9457)."""
    body = {"type": f"urn:edihub:problem:{code}", "title": message, "status": status, "code": code, "hint": hint}
    return HttpResponse(
        status=status,
        body=json.dumps(body).encode(),
        headers={"content-type": "application/problem+json", **(headers or {})},
    )
