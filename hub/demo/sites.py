"""The two sites of the demo: ours, and the retailer's, who is edihub too, with the same guides run the other way."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from hub.ports import CertificateDesk
from hub.routing.registry import connector
from hub.secrets.private_file import write_private

_HUB = """\
name = "edihub demo"
time_zone = "UTC"
[identities.main]
x12 = "ZZ:EDIHUB"
gln = "5412345000020"
[store]
url = "sqlite:///var/hub.db"
[api]
authentication = "keys"
[sscc]
prefix = "5412345"
"""

_RETAILER = """\
name = "demo retailer"
time_zone = "UTC"
[identities.acme]
x12 = "ZZ:ACME"
[identities.belmart]
gln = "5412345000013"
[store]
url = "sqlite:///var/hub.db"
"""

_ACME = """\
partner: acme
name: ACME Stores
identities: {{x12: "ZZ:ACME"}}
connections:
  as2:
    connector: as2
    settings:
      url: "{retailer}/as2"
      our_name: EDIHUB
      partner_name: ACME
      our_certificates: [{{certificate: {{file: keys/edihub.pem}}, key: {{file: keys/edihub.key}}}}]
      partner_certificates: [{{certificate: {{file: keys/acme.pem}}}}]
      partner_mdn_url: "{retailer}/as2"
      mdn: {{mode: async, url: "{hub}/as2"}}
      allow_networks: [127.0.0.0/8]
    retry: {{first: 1s}}
defaults:
  over: as2
  confirm: automatic
  expect: {{delivery: 10m, syntax: 1h}}
  values: {{vendor_number: "100042"}}
agreements:
  - receive: x12/004010/850
  - send: x12/004010/855
    triggered_by: [confirmed, backordered, rejected]
  - receive: x12/004010/860
  - send: x12/004010/865
    triggered_by: [changed]
  - send: x12/004010/856
    triggered_by: [shipped]
    expect: {{business: 48h}}
  - send: x12/004010/810
    triggered_by: [invoiced]
  - receive: x12/004010/861
"""

_BELMART = """\
partner: belmart
name: Belmart
identities: {{gln: "5412345000013"}}
connections:
  drop:
    connector: folder
    settings: {{inbox: "{inbox}", outbox: "{outbox}", settle: 0}}
    poll: {{every: 200ms}}
defaults:
  over: drop
  confirm: automatic
  acknowledge: {{kind: contrl, when: requested}}
  expect: {{syntax: 1h}}
  writing: {{acknowledgment_request: true}}
agreements:
  - receive: edifact/D96A/ORDERS
  - send: edifact/D96A/ORDRSP
    triggered_by: [confirmed, changed, backordered, rejected]
  - receive: edifact/D96A/ORDCHG
  - send: edifact/D96A/DESADV
    triggered_by: [shipped]
    expect: {{business: 48h}}
  - send: edifact/D96A/INVOIC
    triggered_by: [invoiced]
  - receive: edifact/D96A/RECADV
"""

_EDIHUB = """\
partner: edihub
name: The hub
identities: {{x12: "ZZ:EDIHUB", gln: "5412345000020"}}
connections:
  as2:
    connector: as2
    settings:
      url: "{hub}/as2"
      our_name: ACME
      partner_name: EDIHUB
      our_certificates: [{{certificate: {{file: keys/acme.pem}}, key: {{file: keys/acme.key}}}}]
      partner_certificates: [{{certificate: {{file: keys/edihub.pem}}}}]
      partner_mdn_url: "{hub}/as2"
      mdn: {{mode: sync}}
      allow_networks: [127.0.0.0/8]
    retry: {{first: 1s}}
  drop:
    connector: folder
    settings: {{inbox: "{inbox}", outbox: "{outbox}", settle: 0}}
    poll: {{every: 200ms}}
defaults:
  expect: {{syntax: 1h}}
  values: {{vendor_number: "100042"}}
agreements:
  - send: x12/004010/850
    ours: acme
    over: as2
    expect: {{business: 1h}}
  - receive: x12/004010/855
    ours: acme
    over: as2
  - send: x12/004010/860
    ours: acme
    over: as2
    expect: {{business: 1h}}
  - receive: x12/004010/865
    ours: acme
    over: as2
  - receive: x12/004010/856
    ours: acme
    over: as2
  - receive: x12/004010/810
    ours: acme
    over: as2
  - send: x12/004010/861
    ours: acme
    over: as2
  - send: edifact/D96A/ORDERS
    ours: belmart
    over: drop
    expect: {{business: 1h}}
    writing: {{acknowledgment_request: true}}
  - receive: edifact/D96A/ORDRSP
    ours: belmart
    over: drop
    acknowledge: {{kind: contrl, when: requested}}
  - send: edifact/D96A/ORDCHG
    ours: belmart
    over: drop
    expect: {{business: 1h}}
    writing: {{acknowledgment_request: true}}
  - receive: edifact/D96A/DESADV
    ours: belmart
    over: drop
    acknowledge: {{kind: contrl, when: requested}}
  - receive: edifact/D96A/INVOIC
    ours: belmart
    over: drop
    acknowledge: {{kind: contrl, when: requested}}
  - send: edifact/D96A/RECADV
    ours: belmart
    over: drop
    writing: {{acknowledgment_request: true}}
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sites:
    """Where the two sites are, and the folder through which EDIFACT goes in either direction."""

    hub: Path
    retailer: Path
    to_hub: Path
    from_hub: Path


def write_sites(folder: Path, *, hub_url: str, retailer_url: str) -> Sites:
    """Write both sites into an empty folder; each side makes a key and gets the other's certificate."""
    sites = Sites(
        hub=folder / "hub",
        retailer=folder / "retailer",
        to_hub=folder / "drop" / "to-hub",
        from_hub=folder / "drop" / "from-hub",
    )
    for path in (sites.hub, sites.retailer, sites.to_hub, sites.from_hub):
        path.mkdir(parents=True)
    ours = {"hub": hub_url, "retailer": retailer_url, "inbox": sites.to_hub, "outbox": sites.from_hub}
    theirs = {"hub": hub_url, "inbox": sites.from_hub, "outbox": sites.to_hub}
    desk, now = _desk(), datetime.now(UTC)
    _write(sites.hub, _HUB, {"acme": _ACME.format(**ours), "belmart": _BELMART.format(**ours)})
    _write(sites.retailer, _RETAILER, {"edihub": _EDIHUB.format(**theirs)})
    for name, owner in (("edihub", sites.hub), ("acme", sites.retailer)):
        made = desk.create(name, at=now, days=30, bits=2048)
        for site in (sites.hub, sites.retailer):
            (site / "keys" / f"{name}.pem").write_text(made.certificate)
        write_private(owner / "keys" / f"{name}.key", made.key)
    return sites


def _desk() -> CertificateDesk:
    desk = connector("as2").desk
    assert desk is not None
    return desk()


def _write(site: Path, hub_toml: str, partners: dict[str, str]) -> None:
    for name in ("partners", "keys", "var"):
        (site / name).mkdir(mode=0o700 if name == "keys" else 0o755)
    (site / "hub.toml").write_text(hub_toml)
    for name, text in partners.items():
        (site / "partners" / f"{name}.yaml").write_text(text)
