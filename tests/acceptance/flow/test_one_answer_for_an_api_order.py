"""An order over the API is answered once, though answers may be agreed in both standards."""

from __future__ import annotations

import pytest

from hub.flow.outbound import nearest
from hub.testing.flow_site import write_site

IDENTITIES = 'identities: {x12: "ZZ:ACME"}'
BOTH = "  - send: x12/004010/855\n    triggered_by: [confirmed]\n  - send: edifact/D96A/ORDRSP\n    triggered_by: [confirmed]\n"


@pytest.mark.parametrize(
    ("received", "chosen"),
    [
        ("  - receive: x12/004010/850\n", "x12/004010/855"),
        ("  - receive: edifact/D96A/ORDERS\n", "edifact/D96A/ORDRSP"),
        ("  - receive: x12/004010/997\n    keep: true\n", "x12/004010/855"),
    ],
)
def test_the_answer_is_in_the_standard_the_partner_orders_in(make, received, chosen):
    bench = make()
    partner = bench.hub.site.root / "partners" / "acme.yaml"
    text = partner.read_text().replace(IDENTITIES, 'identities: {x12: "ZZ:ACME", gln: "5412345000013"}')
    partner.write_text(text.replace("  - receive: x12/004010/850\n", received) + BOTH)
    from hub.routing.load import load_site

    bench.hub.site = load_site(bench.hub.site.root)
    found = nearest(bench.hub.site.triggered("acme", "confirmed"), bench.hub, standard="", version="")
    assert [str(each.document) for each in found] == [chosen]


def test_the_sample_site_is_what_these_tests_take_it_for(tmp_path):
    assert IDENTITIES in (write_site(tmp_path / "site") / "partners" / "acme.yaml").read_text()
