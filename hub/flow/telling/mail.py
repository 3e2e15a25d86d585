"""Alerts by mail: one each while there are few, the rest together, and never more mails in an hour than was said."""

from __future__ import annotations

import secrets
import smtplib
import ssl
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from email.message import EmailMessage
from email.utils import format_datetime, make_msgid
from pathlib import Path

from hub.errors import HubError, TemporaryDeliveryError
from hub.flow.hub import Hub
from hub.flow.telling.webhooks import pause
from hub.routing.telling_file import Mail
from hub.secrets.resolve import resolve
from hub.store.alerts import AlertRow
from hub.store.instants import SECOND

SENDER = "mail"
"""The name under which whoever mails holds its lease, and its failures are kept."""
HOUR = 3600 * SECOND
LISTED = 100


def mail_alerts(hub: Hub) -> int:
    """Mail what waits, as far as this hour allows; how many mails left. One process at a time."""
    mail = hub.site.file.alerts.mail
    if mail is None:
        return 0
    token = secrets.token_hex(8)
    with hub.read() as view:
        if not view.alerts.to_mail(1):
            return 0
    with hub.transaction() as tx:
        tx.subscribers.meet(SENDER, cursor=0)
        claimed = tx.subscribers.claim(SENDER, token)
        letters = [] if claimed is None else plan(tx.alerts.to_mail(), mail.per_hour - tx.alerts.mails_since(tx.now - HOUR))
    if claimed is None:
        return 0
    try:
        sent = _send(letters, mail, hub, token)
    except HubError as failure:
        with hub.transaction() as tx:
            due_at = tx.now + pause(claimed.failures + 1, None)
            tx.subscribers.failed(SENDER, token, f"{failure.code} {failure.message}", due_at=due_at, is_failing=False)
        return 0
    with hub.transaction() as tx:
        tx.subscribers.release(SENDER, token)
    return sent


def plan(waiting: Sequence[AlertRow], budget: int) -> list[list[AlertRow]]:
    """The mails to send now: one per alert while the budget lasts, the last of them a digest of all that is left."""
    if budget <= 0 or not waiting:
        return []
    if len(waiting) <= budget:
        return [[each] for each in waiting]
    singles = [[each] for each in waiting[: budget - 1]]
    return [*singles, list(waiting[budget - 1 :])]


def compose(alerts: Sequence[AlertRow], mail: Mail, hub: Hub) -> EmailMessage:
    """One mail in plain text; what partners wrote cannot put a line into its head."""
    message = EmailMessage()
    name = hub.site.file.name
    first = alerts[0]
    if len(alerts) == 1:
        subject = f"[{name}] {'TEST ' if first.test else ''}{first.code} {first.words['what']}"
    else:
        subject = f"[{name}] {len(alerts)} alerts"
    message["Subject"] = _one_line(subject, 180)
    message["From"] = mail.sender
    message["To"] = ", ".join(mail.to)
    message["Date"] = format_datetime(hub.now())
    message["Message-ID"] = make_msgid(domain=mail.sender.partition("@")[2])
    message["Auto-Submitted"] = "auto-generated"
    message.set_content("\n".join(_body(alerts)))
    return message


def _body(alerts: Sequence[AlertRow]) -> Iterator[str]:
    if len(alerts) > 1:
        yield f"{len(alerts)} alerts came at once; nothing else is mailed until this hour is over."
        yield ""
    for each in alerts[:LISTED]:
        words = each.words
        yield f"{'TEST ' if each.test else ''}{each.code}  {_one_line(words['what'], 500)}"
        for title, key in (("where", "where"), ("why", "why"), ("who acts", "who"), ("to do", "cure"), ("page", "link")):
            if words.get(key):
                yield f"  {title + ':':<10}{_one_line(words[key], 1000)}"
        if each.count > 1:
            yield f"  seen:     {each.count} times"
        yield ""
    if len(alerts) > LISTED:
        yield f"and {len(alerts) - LISTED} more: `edihub alerts`"


def _one_line(text: str, longest: int) -> str:
    line = " ".join("".join(each if each.isprintable() else " " for each in text).split())
    return line if len(line) <= longest else f"{line[: longest - 1]}…"


def _send(letters: Sequence[Sequence[AlertRow]], mail: Mail, hub: Hub, token: str) -> int:
    """Send each, and write down at once that it left; raises `TemporaryDeliveryError` DLV-490, what left is not sent again."""
    if not letters:
        return 0
    with _server(mail, hub) as server:
        for sent, letter in enumerate(letters, 1):
            message = compose(letter, mail, hub)
            server.send_message(message)
            with hub.transaction() as tx:
                tx.alerts.mailed([each.id for each in letter], str(message["Message-ID"]))
                is_mine = tx.subscribers.advance(SENDER, token, 0, delivered=True)
            if not is_mine:
                return sent
    return len(letters)


@contextmanager
def _server(mail: Mail, hub: Hub) -> Iterator[smtplib.SMTP]:
    seconds = mail.timeout.total_seconds()
    where = f"{mail.host}:{mail.port}"
    try:
        context = ssl.create_default_context(cafile=str(hub.site.root / Path(mail.ca)) if mail.ca else None)
        if mail.security == "tls":
            server: smtplib.SMTP = smtplib.SMTP_SSL(mail.host, mail.port, timeout=seconds, context=context)
        else:
            server = smtplib.SMTP(mail.host, mail.port, timeout=seconds)
        with server:
            if mail.security == "starttls":
                server.starttls(context=context)
            if mail.user and mail.password is not None:
                server.login(mail.user, resolve(mail.password.name, hub.site.root))
            yield server
    except (OSError, smtplib.SMTPException) as fault:
        hint = "look at [alerts.mail] in hub.toml and at the mail server; it is tried again by itself"
        raise TemporaryDeliveryError(f"the mail server {where} did not take it: {fault}", hint, code="DLV-490") from None
