"""What `hub.toml` says about telling others, held against the partners there are and against itself."""

from __future__ import annotations

from collections.abc import Collection

from hub.config import Document, did_you_mean
from hub.config.document import Path as Place
from hub.diagnostics import Diagnostic
from hub.routing.hub_file import HubFile


def check_telling(document: Document, hub: HubFile, partners: Collection[str]) -> list[Diagnostic]:
    """Webhooks with one name, webhooks about partners that nobody knows, a mail password without a user or over a bare line."""
    found: list[Diagnostic] = []
    taken: dict[str, int] = {}
    for index, webhook in enumerate(hub.webhooks):
        path: Place = ("webhooks", index)
        if webhook.name in taken:
            line = document.place(("webhooks", taken[webhook.name], "name"))[0]
            message = f'two webhooks are called "{webhook.name}"; the first is on line {line}'
            found.append(document.diagnostic("CFG-343", message, (*path, "name"), hint="each has a cursor under its name"))
        taken.setdefault(webhook.name, index)
        for place, partner in enumerate(webhook.partners):
            if partner not in partners:
                message, hint = f'there is no partner "{partner}"', did_you_mean(partner, partners)
                found.append(document.diagnostic("CFG-215", message, (*path, "partners", place), hint=hint))
    mail = hub.alerts.mail
    if mail is not None and (mail.user == "") != (mail.password is None):
        message, hint = "a user and a password belong together", "give both, or neither"
        found.append(document.diagnostic("CFG-344", message, ("alerts", "mail"), hint=hint))
    if mail is not None and mail.password is not None and mail.security == "none":
        message, hint = "the password would cross the line in the clear", 'security = "starttls" or "tls"'
        found.append(document.diagnostic("CFG-345", message, ("alerts", "mail", "password"), hint=hint))
    return found
