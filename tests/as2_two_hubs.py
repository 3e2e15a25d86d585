"""Two whole hubs on loopback that trade X12 orders over AS2: ours, and the retailer's, which is edihub too."""

from __future__ import annotations

import functools
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Self

import httpx
import yaml

from connectors.as2 import keys
from hub.bootstrap import open_hub
from hub.flow.send import send_file
from hub.routing.load import load_site
from hub.store.audit_trail import trail_of
from hub.store.message_items import MessageFilter, list_messages
from hub.testing.flow_site import interchange, order_850
from hub.web.server import Server, listen, url_of

HUB_TOML = '[identities.main]\nx12 = "ZZ:{id}"\n[store]\nurl = "sqlite:///var/hub.db"\n[limits]\nworkers = 1\n'
PATIENCE = 20.0


@functools.cache
def key_files(name: str) -> keys.KeyFiles:
    """A certificate with its key; made once for all tests, in force for forty days."""
    return keys.create(name, at=datetime.now(UTC) - timedelta(days=40))


def settings(us: str, them: str, *, url: str, own_url: str, mode: str = "sync") -> dict:
    """The AS2 settings of `us` towards `them`."""
    mdn = {"mode": mode, "url": own_url} if mode == "async" else {"mode": mode}
    return {
        "url": url,
        "our_name": us,
        "partner_name": them,
        "our_certificates": [{"certificate": {"file": f"keys/{us}.pem"}, "key": {"file": f"keys/{us}.key"}}],
        "partner_certificates": [{"certificate": {"file": f"keys/{them}.pem"}}],
        "partner_mdn_url": url,
        "mdn": mdn,
        "allow_networks": ["127.0.0.0/8"],
    }


def write_site(root: Path, us: str, them: str, connection: dict, *, agreements: list[dict], **options: object) -> Path:
    """One side's site folder, with the keys of both people in it."""
    for name in ("partners", "keys", "var"):
        (root / name).mkdir(parents=True, mode=0o700)
    (root / "hub.toml").write_text(HUB_TOML.format(id=us))
    for name in (us, them):
        (root / "keys" / f"{name}.pem").write_text(key_files(name).certificate)
    (root / "keys" / f"{us}.key").write_text(key_files(us).key)
    (root / "keys" / f"{us}.key").chmod(0o600)
    partner = {
        "partner": them.lower(),
        "name": them,
        "identities": {"x12": f"ZZ:{them}"},
        "connections": {"as2": {"connector": "as2", "settings": connection, "retry": {"first": "1s"}}},
        "defaults": {"over": "as2", **options},
        "agreements": agreements,
    }
    (root / "partners" / f"{them.lower()}.yaml").write_text(yaml.safe_dump(partner, sort_keys=False))
    return root


def order(number: str = "4500000042", *, control: int = 1) -> bytes:
    """An 850 from ACME to EDIHUB."""
    return interchange([order_850(number)], control=control)


class Side:
    """One hub that serves, with what a test wants to know of it."""

    def __init__(self, root: Path, listening, *, clock=None) -> None:
        self.root = root
        self.server = Server(open_hub(load_site(root), clock=clock), listening)
        self.server.start()

    @property
    def hub(self):
        return self.server.hub

    def items(self, **wanted) -> list[dict]:
        with self.hub.read() as view:
            return list(list_messages(view.connection, MessageFilter(**wanted), limit=100).items)

    def message(self, message_id: str):
        with self.hub.read() as view:
            return view.messages.get(message_id)

    def wire(self, message_id: str) -> bytes:
        with self.hub.read() as view:
            return view.messages.outgoing(message_id, view.blobs).wire

    def proofs(self, message_id: str) -> list[bytes]:
        with self.hub.read() as view:
            return [view.payload(each.id) for each in view.messages.proofs_of(message_id)]

    def lights(self, message_id: str) -> dict[str, dict]:
        return next(each for each in self.items() if each["message_id"] == message_id)["lights"]

    def trail(self, *subjects: str) -> list[dict]:
        with self.hub.read() as view:
            return trail_of(view.connection, list(subjects))

    def orders(self) -> list[dict]:
        return self.items(direction="in", message="850")


class Pair:
    """ACME and EDIHUB, each with its site; `start` sets them serving."""

    def __init__(
        self,
        folder: Path,
        *,
        acme: dict | None = None,
        edihub: dict | None = None,
        mode: str = "sync",
        expect: dict | None = None,
        clock=None,
    ) -> None:
        self.clock = clock
        self.sockets = [listen("127.0.0.1", 0), listen("127.0.0.1", 0)]
        self.acme_url, self.hub_url = (f"{url_of(each)}/as2" for each in self.sockets)
        theirs = settings("ACME", "EDIHUB", url=self.hub_url, own_url=self.acme_url, mode=mode) | (acme or {})
        ours = settings("EDIHUB", "ACME", url=self.acme_url, own_url=self.hub_url, mode=mode) | (edihub or {})
        self.acme_root = write_site(
            folder / "acme",
            "ACME",
            "EDIHUB",
            theirs,
            agreements=[{"send": "x12/004010/850"}],
            expect={"syntax": "1h"} | (expect or {}),
        )
        self.hub_root = write_site(folder / "hub", "EDIHUB", "ACME", ours, agreements=[{"receive": "x12/004010/850"}])

    def __enter__(self) -> Self:
        self.acme, self.hub = (
            Side(root, listening, clock=self.clock)
            for root, listening in zip((self.acme_root, self.hub_root), self.sockets, strict=True)
        )
        return self

    def __exit__(self, *_: object) -> None:
        self.acme.server.stop()
        self.hub.server.stop()

    def send(self, payload: bytes | None = None) -> str:
        return send_file(payload or order(), "edihub", self.acme.hub, name="850.edi").message_id

    def settled(self, message_id: str):
        return until(lambda: self.acme.message(message_id), lambda message: message.state in {"delivered", "dead"})


def until(look, holds):
    """What is seen once it holds; fails with the last look when it never does."""
    end = time.monotonic() + PATIENCE
    while not holds(found := look()):
        assert time.monotonic() < end, f"not within {PATIENCE:g} s: {found}"
        time.sleep(0.03)
    return found


def post(url: str, wire: bytes) -> httpx.Response:
    """Stored wire bytes once more, as any AS2 product would send them."""
    head, _, body = wire.partition(b"\r\n\r\n")
    fields = dict(line.split(": ", 1) for line in head.decode("latin-1").split("\r\n"))
    return httpx.post(url, headers=fields, content=body, trust_env=False, timeout=20)
