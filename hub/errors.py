"""The exception tree, sorted by what happens next.

::

    HubError(message, hint)              code, one sentence, one cure
      ConfigError                        carries every Diagnostic at once; stops start-up
      InputError                         a file or body that is not what it claims to be
      InboundError                       the partner's data is at fault; the partner is told
        DuplicateInterchange             same control number, same sender
        InsecureMessage                  signature, decryption, missing signing  -> MDN error
      HeldForOperator                    nobody is at fault yet; a person decides, then replay
      NotFound                           nothing has that id
      Refused                            a guard or a permission says no
      Conflict                           the same key again with another body
      DeliveryError                      raised by connectors
        TemporaryDeliveryError           refused before it took effect: try again
          LeftBehind                     a poll went well but could not take some of it: alert, no back-off
        PermanentDeliveryError           will never work: dead letter, alert
          UnusableConnection             nothing gets through as it is set up: everything waits, one alert
        UncertainDeliveryError           sent, answer lost: same identity again, or ask
      TransientError                     our own database or broker went away: repeat the step

A finding about a segment is a value (`hub.edi.findings`), never an exception.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from hub.diagnostics import Diagnostic


class HubError(Exception):
    """Something the hub refuses to do, said so that a person can act on it.

    `code` is stable and never reused; `message` says what and why in one sentence; `hint` says who acts and how to mend it.
    """

    code: str = "HUB-000"

    def __init__(
        self, message: str, hint: str = "", *, code: str | None = None, detail: Mapping[str, Any] | None = None
    ) -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint
        self.detail = dict(detail or {})
        if code is not None:
            self.code = code


class ConfigError(HubError):
    """The site's files are wrong; carries every mistake found, not the first."""

    code = "CFG-000"

    def __init__(self, diagnostics: list[Diagnostic]) -> None:
        count = sum(1 for diagnostic in diagnostics if diagnostic.level == "error")
        super().__init__(f"{count} errors in the site's files", "run `edihub lint`")
        self.diagnostics = diagnostics


class InputError(HubError):
    """A file or body that cannot be read, or is not what it claims to be."""

    code = "EDI-001"


class InboundError(HubError):
    """The partner's data is at fault, and the partner is told."""

    code = "EDI-100"


class DuplicateInterchange(InboundError):
    """The same control number from the same sender, within the agreement's window."""

    code = "EDI-102"


class InsecureMessage(InboundError):
    """A signature, an encryption or a policy that does not hold (RFC 4130 7.4.3)."""

    code = "AS2-100"


class HeldForOperator(HubError):
    """A document that waits for a person; nothing is sent, nothing is lost."""

    code = "RTE-300"


class NotFound(HubError):
    """Nothing has that id."""

    code = "HUB-404"


class Refused(HubError):
    """A guard or a permission says no."""

    code = "HUB-403"


class Conflict(HubError):
    """The same key again, with another body or while the first is still at work."""

    code = "HUB-409"


class DeliveryError(HubError):
    """A connector could not deliver; the subclass says what happens next."""

    code = "DLV-400"


class TemporaryDeliveryError(DeliveryError):
    """Refused before it took effect: try again, after `retry_after` seconds where the far side said so."""

    code = "DLV-401"

    def __init__(self, message: str, hint: str = "", *, code: str | None = None, retry_after: float | None = None) -> None:
        super().__init__(message, hint, code=code)
        self.retry_after = retry_after


class LeftBehind(TemporaryDeliveryError):
    """A poll took what it could and names what it could not: alert once, poll on as scheduled, open no breaker.

    Raised after the last arrival. `detail["left"]` lists `{"code", "name", "why"}` of each, at most a hundred.
    """

    code = "DLV-404"

    def __init__(self, message: str, hint: str = "", *, left: tuple[Mapping[str, Any], ...] = ()) -> None:
        super().__init__(message, hint)
        self.detail = {"left": list(left)}


class PermanentDeliveryError(DeliveryError):
    """Will never work as it is: dead letter and alert."""

    code = "DLV-402"


class UnusableConnection(PermanentDeliveryError):
    """The connection as it is set up carries nothing: another host key, a certificate that does not hold, a login or folder refused.

    No document is at fault, so none becomes a dead letter: they wait while the connection is suspended, and it is tried again
    ever so often, rarely enough that no account is locked.
    """

    code = "DLV-405"


class UnprovenReceipt(PermanentDeliveryError):
    """A receipt nobody signed, where a signed one was asked for.

    As the answer to an attempt it ends the delivery; one that comes on its own may be anybody's, and changes nothing.
    """

    code = "DLV-459"


class UncertainDeliveryError(DeliveryError):
    """Sent, but the answer was lost: the same identity is sent again where the far side is idempotent."""

    code = "DLV-403"


class TransientError(HubError):
    """Our own database or broker went away: repeat the whole step."""

    code = "HUB-503"
