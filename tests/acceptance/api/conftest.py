"""A whole hub behind a real socket, on a site as `edihub init` writes it, with one partner who posts."""

import secrets

import httpx
import pytest

from hub.bootstrap import open_hub
from hub.cli.init import write_site
from hub.routing.load import load_site
from hub.web.server import Server, listen

TOKEN = "partner-token-4c1d"
ACME = """
partner: acme
name: ACME Stores
identities: {x12: "ZZ:ACME"}
connections:
  web:
    connector: http
    settings:
      receive: {auth: {bearer: {file: keys/acme-in}}, max_size: 5000000}
agreements:
  - receive: x12/004010/850
"""


class Running:
    """A hub that serves, and clients to ask it."""

    def __init__(self, root):
        self.root = root
        self.hub = open_hub(load_site(root))
        self.server = Server(self.hub, listen("127.0.0.1", 0))
        self.server.start()
        self.url = self.server.url

    def key(self, *scopes):
        with self.hub.transaction() as tx:
            return tx.keys.create(f"test-{secrets.token_hex(3)}", scopes)

    def client(self, *scopes):
        headers = {"authorization": f"Bearer {self.key(*scopes)}"} if scopes else {}
        return httpx.Client(base_url=self.url, headers=headers, trust_env=False, timeout=10)

    def partner(self):
        headers = {"authorization": f"Bearer {TOKEN}", "content-type": "application/edi-x12"}
        return httpx.Client(base_url=self.url, headers=headers, trust_env=False, timeout=10)


def make_site(root):
    write_site(root)
    for partner in (root / "partners").iterdir():
        partner.unlink()
    (root / "partners/acme.yaml").write_text(ACME)
    (root / "keys/acme-in").write_text(TOKEN + "\n")
    return root


@pytest.fixture(scope="module")
def site_root(tmp_path_factory):
    return make_site(tmp_path_factory.mktemp("site") / "site")


@pytest.fixture(scope="module")
def running(site_root):
    running = Running(site_root)
    yield running
    running.server.stop()


@pytest.fixture(scope="module")
def serve_site(tmp_path_factory):
    """Serve a site of its own; `change` gets its folder before the hub starts."""
    started = []

    def serve(change):
        root = make_site(tmp_path_factory.mktemp("own") / "site")
        change(root)
        started.append(Running(root))
        return started[-1]

    yield serve
    for each in started:
        each.server.stop()
