"""The commonest faults in plain words: what was expected, what came, who does what.

`explain` takes the stable code of a rejection or a failed delivery and its evidence, as the audit trail keeps them.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final

from connectors.as2.faults import KINDS

Evidence = Mapping[str, Any]


def _listed(value: Any) -> str:
    if isinstance(value, list | tuple):
        return ", ".join(str(item) for item in value) or "none"
    return str(value) if value not in {None, ""} else "unknown"


def _pair(evidence: Evidence) -> str:
    return f"{_listed(evidence.get('from'))} to {_listed(evidence.get('to'))}"


def _unknown_partner(e: Evidence) -> str:
    return (
        f"A message from {_pair(e)} came, and no connection has these AS2 names. "
        "Names are compared letter by letter, capitals and spaces included. "
        "Either the partner wrote another name than agreed, or the connection is missing."
    )


def _not_decrypted(e: Evidence) -> str:
    if e.get("fault_serials"):
        return (
            f"The message was encrypted for the certificate with serial {_listed(e['fault_serials'])}; "
            f"ours have {_listed(e.get('fault_ours'))}. The partner uses an old or foreign certificate: send them the present one."
        )
    if not e.get("decrypted_with"):
        why = f" ({e['fault_why']})" if e.get("fault_why") else ""
        return (
            f"What came is said to be encrypted, and is no encrypted message that can be read{why}: it is empty, cut off or damaged, "
            "or was encoded once more on its way. Ask the partner to send it again, and to look at what leaves their software."
        )
    return (
        f"The message names our certificate {_listed(e.get('decrypted_with'))[:16]}, but what came does not decrypt with its key. "
        "It was damaged on its way, or made with another key. Ask the partner to send it again."
    )


def _unknown_signer(e: Evidence) -> str:
    if e.get("fault_why"):
        return (
            "The signature names a certificate we know, but was not made with its key. "
            "The message was forged or damaged; do not accept it. Ask the partner what they sent."
        )
    return (
        f"The message is signed by the certificate with serial {_listed(e.get('fault_serials'))}; "
        f"known for {_listed(e.get('from'))} are {_listed(e.get('fault_known'))}. "
        "Most often the partner has changed certificates: ask for the new one, compare its fingerprint by telephone, add it."
    )


def _changed(e: Evidence) -> str:
    return (
        f"What was signed and what came differ: the {_listed(e.get('fault_algorithm'))} digest signed is "
        f"{_listed(e.get('fault_expected'))[:16]}, that of the content {_listed(e.get('fault_got'))[:16]}. "
        "Something between the partner's AS2 software and ours changed the message: a proxy, a virus scanner, a gateway."
    )


def _unsigned(e: Evidence) -> str:
    return f"{_listed(e.get('from'))} sent a message without a signature; the connection requires one (require.signed)."


def _unencrypted(e: Evidence) -> str:
    return f"{_listed(e.get('from'))} sent a message in the open; the connection requires encryption (require.encrypted)."


def _weak(e: Evidence) -> str:
    used = e.get("fault_weak") or e.get("fault_unknown")
    return (
        f"The message uses {_listed(used)}, which is too weak or unknown. Expected: AES, SHA-256 or better, RSA of 2048 bits or more. "
        "Ask the partner to change it; a dated entry under `exceptions` lets it pass meanwhile, and shows in the audit."
    )


def _not_inflated(e: Evidence) -> str:
    return f"The compressed content cannot be used: {_listed(e.get('fault_why'))}. Ask the partner to send it uncompressed."


def _expired(e: Evidence) -> str:
    return (
        f"The message is signed with certificate {_listed(e.get('fault_certificate'))[:16]}, whose time ended on "
        f"{_listed(e.get('fault_not_after'))}. The signature itself is right. Ask the partner for their new certificate and add it."
    )


def _too_large(e: Evidence) -> str:
    return (
        f"{_listed(e.get('from'))} sent more than the connection takes "
        f"({_listed(e.get('fault_size'))} bytes on the wire). Raise max_size, or agree on smaller files."
    )


def _other_address(e: Evidence) -> str:
    return (
        f"The partner wants the receipt at {_listed(e.get('fault_asked'))}, which is not the agreed address. "
        "Nothing was accepted and nothing was sent there. If the address is theirs, set partner_mdn_url to it."
    )


def _not_as2(e: Evidence) -> str:
    who = ", ".join(str(e[name]) for name in ("peer", "user_agent") if e.get(name)) or "Somebody"
    sender = f" It says it comes from {e['as2_from']}." if e.get("as2_from") else ""
    return (
        f"{who} asked at the AS2 address: {_listed(e.get('message'))}{sender} A browser, a monitor or a scanner does that, and it "
        "harms nothing. Where it was a partner, their software must POST with AS2-From, AS2-To and Message-ID."
    )


def _mdn_unsigned(e: Evidence) -> str:
    return (
        f"A signed MDN was asked for, an unsigned one came ({_listed(e.get('mdn_disposition'))}). "
        "It proves nothing. Ask the partner to sign MDNs, or agree on unsigned ones (mdn.signed: false)."
    )


def _mdn_signer(e: Evidence) -> str:
    who = f" Its serial is {_listed(e.get('serials'))}, known are {_listed(e.get('known'))}." if e.get("serials") else ""
    return (
        f"The MDN came, but its signature is not one of the partner's known certificates.{who} "
        "The partner has very likely processed the document. Ask for the certificate they sign MDNs with, and add it."
    )


def _mic_differs(e: Evidence) -> str:
    return (
        f"The partner says they received other bytes than we sent: our MIC is {_listed(e.get('mic'))}, "
        f"theirs {_listed(e.get('mdn_mic'))}. Do not send again before it is known what they have: "
        "something on the way changed the message, or their software computes the MIC over another part."
    )


def _mdn_refusal(e: Evidence) -> str:
    text = f" They add: {e['mdn_text']}" if e.get("mdn_text") else ""
    return f"The partner received the message and refused it: {_listed(e.get('mdn_disposition'))}.{text}"


def _tls(e: Evidence) -> str:
    return (
        f"The partner's server could not prove who it is ({_listed(e.get('message'))}), so nothing was sent. "
        "Their TLS certificate has expired, is for another name, or comes from an authority we do not know (tls.ca)."
    )


_TEXTS: Final[Mapping[str, Callable[[Evidence], str]]] = {
    "AS2-101": _unknown_partner,
    "AS2-102": _not_decrypted,
    "AS2-103": _unknown_signer,
    "AS2-104": _changed,
    "AS2-105": _unsigned,
    "AS2-106": _unencrypted,
    "AS2-107": _weak,
    "AS2-108": _not_inflated,
    "AS2-112": _expired,
    "AS2-113": _too_large,
    "AS2-116": _other_address,
    "AS2-120": _not_as2,
    "AS2-121": _not_as2,
    "AS2-301": _mdn_unsigned,
    "AS2-302": _mdn_signer,
    "AS2-303": _mic_differs,
    "AS2-305": _mdn_refusal,
    "AS2-312": _tls,
}
EXPLAINED: Final = tuple(_TEXTS)


def explain(code: str, evidence: Evidence) -> str:
    """The fault in plain words; for a code without a text of its own, what the fault itself says."""
    text = _TEXTS.get(code)
    if text is not None:
        return text(evidence)
    kind = KINDS.get(code)
    if kind is not None:
        return f"{kind.told} {kind.hint[:1].upper()}{kind.hint[1:]}."
    return _listed(evidence.get("message"))
