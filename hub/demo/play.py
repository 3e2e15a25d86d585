"""Sets the stage: two hubs in one process behind real sockets, a drop folder between them, and the story told once."""

from __future__ import annotations

import secrets
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from hub.bootstrap import open_hub
from hub.demo.account import Account
from hub.demo.orders import acme_order, belmart_order
from hub.demo.sites import Sites, write_sites
from hub.demo.story import Story, trades
from hub.flow.hub import Hub
from hub.store.passwords import hash_password
from hub.web.server import Server, listen, url_of

HOST = "127.0.0.1"
PERSON = "demo"
SCOPES = ("orders:read", "orders:write", "documents:write", "messages:read", "events:read")


@dataclass(frozen=True, slots=True, kw_only=True)
class Stage:
    """Everything that runs: our hub and the retailer's, their sites, and a key for our API."""

    hub: Hub
    retailer: Hub
    sites: Sites
    url: str
    key: str
    password: str


@contextmanager
def staged(port: int) -> Iterator[Stage]:
    """Two running hubs in a folder of their own, which is removed afterwards; raises `PortTaken`."""
    ours, theirs = listen(HOST, port), listen(HOST, 0)
    with tempfile.TemporaryDirectory(prefix="edihub-demo-") as folder:
        sites = write_sites(Path(folder).resolve(), hub_url=url_of(ours), retailer_url=url_of(theirs))
        servers = [Server(open_hub(sites.hub), ours), Server(open_hub(sites.retailer), theirs)]
        try:
            for server in servers:
                server.start()
            with servers[0].hub.transaction() as tx:
                key = tx.keys.create("demo", SCOPES)
            password = _let_in(servers[0].hub)
            yield Stage(hub=servers[0].hub, retailer=servers[1].hub, sites=sites, url=url_of(ours), key=key, password=password)
        finally:
            for server in reversed(servers):
                server.stop()


def _let_in(hub: Hub) -> str:
    """One person may sign in to the console of the demo's site; the password."""
    password = secrets.token_urlsafe(12)
    hashed = hash_password(password, name=PERSON)
    with hub.transaction() as tx:
        user = tx.users.create(PERSON, role="operator", password_hash=hashed)
        tx.audit.user_changed(user.id, what="created", name=user.name, actor="demo")
    return password


def tell(stage: Stage, account: Account) -> None:
    """Play both trades and account for every step; raises `DidNotHold`."""
    today = stage.hub.now().date()
    stamp = f"{stage.hub.now():%H%M%S}"
    account.say("A retailer orders twice, once in each of the two languages that retailers speak:")
    story = Story(stage.hub, stage.retailer, account)
    for trade in trades(acme_order(f"4500{stamp}", today), belmart_order(f"BE{stamp}", today)):
        account.say()
        story.run(trade)


def introduce(stage: Stage, account: Account) -> None:
    """Where to look now."""
    orders = f"{stage.url}/api/v1/orders"
    account.say()
    account.say("Every step held. The hub goes on serving; Ctrl-C ends it.")
    account.say()
    account.say(f"  console      {stage.url}/admin/edi   (sign in as {PERSON}, password {stage.password})")
    account.say(f"  orders       {orders}")
    account.say(f"  messages     {stage.url}/api/v1/messages")
    account.say(f"  description  {stage.url}/api/v1/openapi.json")
    account.say(f"  health       {stage.url}/readyz   {stage.url}/metrics")
    account.say(f"  drop folder  {stage.sites.to_hub}   (answers in {stage.sites.from_hub})")
    account.say(f"  demo key     {stage.key}")
    account.say()
    account.say(f"  curl -H 'Authorization: Bearer {stage.key}' {orders}")
