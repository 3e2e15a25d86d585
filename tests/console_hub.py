"""A hub with a little history, its console behind a real socket, and one person of each role."""

from __future__ import annotations

import re
from datetime import timedelta

import httpx

from hub.bootstrap import open_hub
from hub.flow.clock import watch_deadlines
from hub.flow.send import send_file
from hub.ports import InboundDocument
from hub.store.passwords import hash_password
from hub.store.users import ROLES
from hub.testing.flow_site import FarSide, interchange, order_850, write_site
from hub.testing.services import FrozenClock
from hub.web.server import Server, listen
from hub.worker.drain import drain

PASSWORD = "four words in a row"
SCRIPT = "<script>document.title='hacked'</script><img src=x onerror=alert(1)>"
CSRF = re.compile(r'name="token" value="([0-9a-f]{64})"')


class Browser(httpx.Client):
    """A client that may ask before its `with` block begins."""

    answer: httpx.Response

    def __enter__(self):
        return self

    def __exit__(self, *_exception):
        self.close()


class ConsoleHub:
    """A running hub; `clock` moves only when told. The hub's own threads stay still: `drain` does the work."""

    def __init__(
        self,
        folder,
        *,
        with_users=True,
        agreements="  - send: x12/004010/855\n    triggered_by: [confirmed]",
        database_url=None,
    ):
        site = write_site(folder, confirm="automatic", agreements=agreements)
        self.clock = FrozenClock()
        self.hub = open_hub(site, clock=self.clock, database_url=database_url)
        self.far_side = FarSide()
        self.hub.build_connector = lambda _name: self.far_side
        self.hub.background = None
        self.server = Server(self.hub, listen("127.0.0.1", 0))
        self.server.start()
        self.url = self.server.url
        if with_users:
            hashed = hash_password(PASSWORD, name="somebody")
            with self.hub.transaction() as tx:
                for role in ROLES:
                    tx.users.create(role, role=role, password_hash=hashed)

    def take(self, payload, key):
        """Accept a file, do all the work there is; the id of its message."""
        arrival = InboundDocument(payload=payload, idempotency_key=key, received_at=self.hub.now(), name=f"{key}.edi")
        stored = self.hub.accept(arrival, connection="acme/main")
        drain(self.hub)
        return stored.message_id

    def browser(self):
        """A client with cookies of its own."""
        return Browser(base_url=self.url, trust_env=False, timeout=20)

    def sign_in(self, name="operator", password=PASSWORD, client=None, **fields):
        """A client that is signed in, or has tried to; its last answer is `client.answer`."""
        client = client or self.browser()
        page = client.get("/admin/sign-in")
        found = CSRF.search(page.text)
        form = {"name": name, "password": password, "token": found.group(1) if found else "", **fields}
        client.answer = client.post("/admin/sign-in", data=form, headers={"origin": self.url})
        return client

    def stop(self):
        """Stop everything."""
        self.server.stop()


def tell_a_story(console):
    """One thing of each kind that an operator meets; the ids by what they are."""
    story = {
        "fine": console.take(interchange([order_850("4500000001")], control=1), "fine"),
        "held": console.take(interchange([order_850("4500000002", unit="QQ")], control=2), "held"),
        "wrong": console.take(interchange([[*order_850("4500000003")[:-1], "CTT*2", "DTM*002*20261341"]], control=3), "wrong"),
        "script": console.take(interchange([_with_name(SCRIPT)], control=4), "script"),
        "noise": console.take(b"no EDI at all\x00\x1b\n", "noise"),
        "test": console.take(interchange([order_850("4500000005")], control=5, test="T"), "test"),
    }
    payload = interchange([order_850("OURS-1")], control=77, between=("EDIHUB", "ACME"))
    story["sent"] = send_file(payload, "acme", console.hub, name="ours.x12").documents[0]
    drain(console.hub)
    console.clock.advance(timedelta(hours=25).total_seconds())
    watch_deadlines(console.hub)
    return story


def _with_name(name):
    body = order_850("4500000004")
    body[3] = f"N1*ST*{name}*92*0042"
    return body
