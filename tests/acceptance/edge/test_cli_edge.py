"""serve, send and key from the shell: what they print, how they end, and what a running hub makes of them."""

import os
import re
import signal
import subprocess
import sys
import threading

import httpx
import pytest

from hub.cli.init import write_site
from hub.testing.http_server import Behaviour, StandInServer

pytestmark = pytest.mark.network

PARTNER = """
partner: acme
name: ACME Stores
identities: {{x12: "ZZ:ACME"}}
connections:
  web:
    connector: http
    settings:
      receive: {{open: true}}
      send: {{url: "{url}", read_timeout: 2}}
    retry: {{first: 1s}}
defaults: {{over: web}}
agreements:
  - receive: x12/004010/850
  - send: x12/004010/855
"""
RESPONSE = (
    "ISA*00*          *00*          *ZZ*EDIHUB         *ZZ*ACME           *260924*1200*U*00401*000000017*0*P*>~"
    "GS*PR*EDIHUB*ACME*20260924*1200*17*X*004010~ST*855*0001~BAK*00*AC*PO1*20260924~SE*3*0001~GE*1*17~IEA*1*000000017~"
)


@pytest.fixture
def far_side():
    server = StandInServer()
    yield server
    server.close()


@pytest.fixture
def site(tmp_path, far_side):
    root = tmp_path / "site"
    write_site(root)
    for partner in (root / "partners").iterdir():
        partner.unlink()
    (root / "partners/acme.yaml").write_text(PARTNER.format(url=far_side.url))
    (tmp_path / "855.x12").write_text(RESPONSE)
    return root


def command(*arguments):
    return [sys.executable, "-m", "hub.cli", *arguments]


def edihub(*arguments, check=True):
    environment = {name: value for name, value in os.environ.items() if name != "EDIHUB_SITE"}
    ran = subprocess.run(command(*arguments), capture_output=True, text=True, timeout=90, env=environment, check=False)
    assert not check or ran.returncode == 0, ran.stdout + ran.stderr
    return ran


class Serving:
    """`edihub serve` in a process of its own."""

    def __init__(self, site):
        self.process = subprocess.Popen(
            command("--site", str(site), "serve", "--port", "0"), stderr=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        self.said = []
        self.url = ""
        for line in self.process.stderr:
            self.said.append(line)
            found = re.search(r"at (http://\S+)", line)
            if found:
                self.url = found[1]
                break
        self.reader = threading.Thread(target=lambda: self.said.extend(self.process.stderr), daemon=True)
        self.reader.start()

    def stop(self, number=signal.SIGTERM):
        self.process.send_signal(number)
        code = self.process.wait(60)
        self.reader.join(5)
        self.process.stdout.close()
        self.process.stderr.close()
        return code


@pytest.fixture
def serving(site):
    serving = Serving(site)
    yield serving
    if serving.process.poll() is None:
        serving.process.kill()
        serving.stop()


def test_key_create_prints_only_the_key_and_the_key_opens(site, serving):
    made = edihub("--site", str(site), "key", "create", "erp", "--scope", "orders:read", "orders:write")
    assert re.fullmatch(r"edi_[0-9a-f]{12}\.[A-Za-z0-9_-]{43}\n", made.stdout)
    assert made.stderr == ""
    headers = {"authorization": f"Bearer {made.stdout.strip()}"}
    assert httpx.get(f"{serving.url}/api/v1/orders", headers=headers).status_code == 200
    assert httpx.get(f"{serving.url}/api/v1/messages", headers=headers).status_code == 403
    listed = edihub("--site", str(site), "key", "list", "--json").stdout
    assert '"erp"' in listed
    assert made.stdout.strip().partition(".")[2] not in listed
    edihub("--site", str(site), "key", "revoke", "erp")
    assert edihub("--site", str(site), "key", "revoke", "erp", check=False).returncode == 7


def test_a_key_for_an_unknown_scope_is_refused_with_those_there_are(site):
    refused = edihub("--site", str(site), "key", "create", "x", "--scope", "everything", check=False)
    assert refused.returncode == 2
    assert refused.stdout == ""
    assert "orders:read" in refused.stderr


def test_send_delivers_by_itself_when_no_hub_runs(site, far_side, tmp_path):
    sent = edihub("--site", str(site), "send", str(tmp_path / "855.x12"), "--partner", "acme")
    message_id, reference = sent.stdout.split()
    assert message_id.startswith("msg_")
    assert reference == "R-1"
    assert list(far_side.effects.values()) == [RESPONSE.encode()]
    assert "delivered" in sent.stderr


def test_send_waits_for_the_running_hub(site, far_side, tmp_path, serving):
    sent = edihub("--site", str(site), "send", str(tmp_path / "855.x12"), "--partner", "acme")
    assert sent.stdout.split()[1] == "R-1"
    assert len(far_side.effects) == 1


def test_send_without_waiting_only_queues(site, far_side, tmp_path):
    sent = edihub("--site", str(site), "send", str(tmp_path / "855.x12"), "--partner", "acme", "--no-wait")
    assert len(sent.stdout.split()) == 1
    assert far_side.effects == {}


def test_send_says_why_it_could_not_be_delivered(site, far_side, tmp_path):
    far_side.behaviour = Behaviour(status=403)
    refused = edihub("--site", str(site), "send", str(tmp_path / "855.x12"), "--partner", "acme", check=False)
    assert refused.returncode == 5
    assert "403" in refused.stderr
    assert "cure" in refused.stderr


@pytest.mark.parametrize(
    ("arguments", "code"), [(["855.x12", "--partner", "nobody"], 7), (["missing.x12", "--partner", "acme"], 3)]
)
def test_send_refuses_what_cannot_be_sent(site, tmp_path, arguments, code):
    name, *rest = arguments
    assert edihub("--site", str(site), "send", str(tmp_path / name), *rest, check=False).returncode == code


def test_serve_ends_in_order_when_it_is_asked_to(site, serving):
    posted = httpx.post(f"{serving.url}/in/acme/web", content=RESPONSE.encode())
    assert posted.status_code == 202
    assert serving.stop(signal.SIGTERM) == 0
    assert "nothing was lost" in "".join(serving.said)
    shown = edihub("--site", str(site), "show", posted.json()["id"], "--payload")
    assert shown.stdout == RESPONSE


def test_serve_says_where_partners_post_refuses_a_second_hub_and_ends_on_ctrl_c(site, serving):
    refused = edihub("--site", str(site), "serve", "--port", "0", check=False)
    assert refused.returncode == 8
    assert "another edihub" in refused.stderr
    assert serving.stop(signal.SIGINT) == 0
    assert any("/in/acme/web" in line for line in serving.said)
