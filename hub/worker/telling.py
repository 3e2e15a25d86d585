"""The threads that tell others: one for each webhook, so that none waits for another, and one for mail."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from dataclasses import dataclass

import structlog

from hub.errors import TransientError
from hub.flow.hub import Hub
from hub.flow.telling.mail import mail_alerts
from hub.flow.telling.webhooks import Subscription, meet_subscribers, subscriptions, tell

log = structlog.get_logger(__name__)

LOOK_SECONDS = 1.0
MAIL_SECONDS = 5.0


@dataclass(slots=True)
class Teller:
    """Tells one subscriber until it is stopped."""

    hub: Hub
    subscription: Subscription
    stopping: threading.Event

    def run(self) -> None:
        """Look for new events once a second; a receiver that does not take them is asked at its own pace."""
        while not self.stopping.wait(LOOK_SECONDS):
            try:
                tell(self.subscription, self.hub, is_over=self.stopping.is_set)
            except TransientError as failure:
                log.warning("telling failed", subscriber=self.subscription.key, error=str(failure))
            except Exception:  # boundary: the thread goes on; its lease runs out and the event is told again
                log.exception("telling failed", subscriber=self.subscription.key)


@dataclass(slots=True)
class Mailer:
    """Mails alerts until it is stopped."""

    hub: Hub
    stopping: threading.Event

    def run(self) -> None:
        """Look for alerts that wait to be mailed."""
        while not self.stopping.wait(MAIL_SECONDS):
            try:
                mail_alerts(self.hub)
            except TransientError as failure:
                log.warning("mailing failed", error=str(failure))
            except Exception:  # boundary: the thread goes on, and tries again at its next turn
                log.exception("mailing failed")


def tellers(hub: Hub, stopping: threading.Event) -> Iterator[tuple[str, Teller | Mailer]]:
    """A thread's name and what it runs, for everybody this site tells; new subscribers begin with what happens from now on."""
    meet_subscribers(hub)
    for each in subscriptions(hub):
        yield f"tell {each.key}", Teller(hub, each, stopping)
    if hub.site.file.alerts.mail is not None:
        yield "mail", Mailer(hub, stopping)
