"""Rules of approval and first status: exact, per channel and kind, with their own cases; every mistake at its line."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub.config import load_file, load_yaml
from hub.model import Order, OrderLine, Totals
from hub.routing.lint import lint_loose, lint_root
from hub.routing.load import examine_site
from hub.routing.rule_files import read_rules
from hub.routing.rules import Where, facts_of, worth
from hub.routing.status import read_status_table
from hub.testing.flow_site import write_site

LARGE = """\
rules: site
approval:
  - rule: large
    channels: [edi]
    when:
      all:
        - {field: currency, operator: equals, value: RON}
        - {field: amount, operator: above, value: "10000"}
"""


def table():
    found, _ = read_status_table(load_file(Path(__file__).parents[3] / "mappings/status/order.yaml"))
    return found


def found_in(text):
    _, found = read_rules(load_yaml(text, "rules.yaml"), table())
    return [(each.line, each.column, each.code) for each in found], " ".join(each.message for each in found)


def needs(order, *, channel="edi", currency=""):
    rules, found = read_rules(load_yaml(LARGE, "rules.yaml"), table())
    assert found == []
    rule = rules.approval_rule(facts_of(order, Where(channel=channel, currency=currency)))
    return rule is not None


def of(amount, currency="RON", kind=None):
    return Order(currency=currency, kind=kind, totals=Totals(amount=Decimal(amount)))


def test_the_threshold_is_exact_and_knows_its_currency():
    assert not needs(of("10000"))
    assert not needs(of("10000.00"))
    assert needs(of("10000.000000000000000000000001"))
    assert not needs(of("99999", currency="EUR"))
    assert not needs(of("99999"), channel="portal")
    assert not needs(of("99999", currency=None))
    assert needs(of("99999", currency=None), currency="RON")


@given(st.decimals(min_value=0, max_value=10**12, places=4), st.decimals(min_value=0, max_value=10**12, places=4))
def test_an_order_is_worth_its_lines_or_its_stated_total_whichever_is_more(price, stated):
    order = Order(lines=(OrderLine(quantity=Decimal(3), price=price),), totals=Totals(amount=stated))
    assert worth(order) == max(price * 3, stated)


def test_what_an_order_is_worth_where_it_does_not_say():
    priced = OrderLine(quantity=Decimal(10), price=Decimal(250), price_base_quantity=Decimal(100))
    assert worth(Order(lines=(priced,))) == Decimal(25)
    assert worth(Order(lines=(priced, OrderLine(quantity=Decimal(1))))) is None
    assert worth(Order()) is None


def test_the_first_rule_that_fits_decides_and_kinds_are_told_apart():
    text = "rules: site\napproval:\n  - {rule: blankets, kinds: [blanket]}\n  - {rule: all}\n"
    rules, found = read_rules(load_yaml(text, "rules.yaml"), table())
    assert found == []
    names = [rules.approval_rule(facts_of(Order(kind=kind), Where(channel="edi"))).name for kind in ("blanket", None)]
    assert names == ["blankets", "all"]


@pytest.mark.parametrize(
    ("text", "where", "said"),
    [
        ("rules: x\napproval:\n  - {rule: a, whem: {}}\n", [(3, 15, "CFG-102")], "whem"),
        (
            "rules: x\napproval:\n  - rule: a\n    when: {field: order.amout, operator: above, value: '1'}\n",
            [(4, 19, "CFG-212")],
            "order.amout",
        ),
        (
            "rules: x\napproval:\n  - rule: a\n    when: {field: amount, operator: above, value: '1'}\n",
            [(4, 11, "CFG-352")],
            "currency",
        ),
        (
            "rules: x\napproval:\n  - rule: a\n    when: {field: amount, operator: above, value: ten}\n",
            [(4, 51, "CFG-326")],
            "number",
        ),
        ("rules: x\nstatus:\n  - {rule: a, status: procesing}\n", [(3, 23, "CFG-213")], "procesing"),
        ("rules: x\nstatus:\n  - {rule: a, status: confirmed}\n", [(3, 23, "CFG-353")], "confirmed"),
        ("rules: x\nstatus:\n  - {rule: a, status: shipping}\n", [(3, 23, "CFG-353")], "shipping"),
        ("rules: x\nstatus:\n  - {rule: a, status: stock_unavailable}\n", [(3, 23, "CFG-353")], "stock_unavailable"),
        ("rules: x\napproval:\n  - {rule: a}\nstatus:\n  - {rule: a, status: paid}\n", [(5, 12, "CFG-351")], "line 3"),
    ],
)
def test_a_mistake_is_named_at_its_place(text, where, said):
    found, messages = found_in(text)
    assert found == where
    assert said in messages


def test_the_cases_of_a_file_are_run_and_a_failing_one_is_an_error_at_its_line():
    cases = """\
tests:
  - case: below
    order: {currency: RON, totals: {amount: "10000"}}
  - case: wrongly expected
    order: {currency: RON, totals: {amount: "10000"}}
    approval: pending
  - case: another rule
    order: {currency: RON, totals: {amount: "10001"}}
    approval: pending
    rule: huge
  - case: no order at all
    order: {colour: blue}
"""
    found, messages = found_in(LARGE + cases)
    assert found == [(12, 5, "CFG-501"), (15, 5, "CFG-501"), (19, 5, "CFG-502")]
    assert 'case "wrongly expected" fails: approval is not_required, not pending' in messages
    assert "rule is large, not huge" in messages
    assert "colour" in messages


def test_a_site_is_linted_with_its_rules_and_lists(tmp_path):
    site = write_site(tmp_path / "site", defaults="  tables: {prices: acme, stock: nowhere}")
    for name, text in (
        ("rules/site", LARGE.replace("channels: [edi]", "partners: [acne]")),
        ("rules/more/large", LARGE.replace("site", "more/large")),
        ("prices/acme", "prices: acme\ncurrency: USD\nrows: {A: {price: '-1'}}\n"),
        ("prices/unused", "prices: other\ncurrency: usd\nrows: {A: {price: '1'}}\n"),
    ):
        path = site / "mappings" / f"{name}.yaml"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    found = {(Path(each.file).name, each.code) for each in lint_root(site).diagnostics}
    assert found >= {
        ("acme.yaml", "CFG-202"),
        ("site.yaml", "CFG-214"),
        ("site.yaml", "CFG-351"),
    }
    assert any(name == "acme.yaml" and code.startswith("CFG-1") for name, code in found)
    assert any(name == "unused.yaml" and code.startswith("CFG-1") for name, code in found)
    assert examine_site(site).site is None


def test_a_list_that_nothing_uses_is_told(tmp_path):
    site = write_site(tmp_path / "site")
    (site / "mappings/prices").mkdir(parents=True)
    (site / "mappings/prices/acme.yaml").write_text("prices: acme\ncurrency: USD\nrows: {A: {price: '1'}}\n")
    assert [(each.level, each.code) for each in lint_root(site).diagnostics] == [("warning", "CFG-408")]
    partner = site / "partners/acme.yaml"
    partner.write_text(partner.read_text().replace("defaults:\n", "defaults:\n  tables: {prices: acme}\n"))
    assert lint_root(site).diagnostics == ()
    agreement = next(iter(examine_site(site).site.agreements.values()))
    assert (agreement.tables, agreement.lists) == ({}, {"prices": "acme"})


def test_a_channel_of_the_site_may_name_its_lists(tmp_path):
    site = write_site(tmp_path / "site")
    toml = site / "hub.toml"
    toml.write_text(toml.read_text() + '[channels.shop]\nconfirm = "automatic"\ntables = {prices = "retail"}\n')
    (found,) = lint_root(site).diagnostics
    assert (Path(found.file).name, found.line, found.code) == ("hub.toml", 10, "CFG-202")
    assert "mappings/prices/retail.yaml" in found.hint


def test_a_file_outside_a_site_says_itself_what_it_is(tmp_path):
    for text, code in (
        (LARGE.replace("currency", "currensy"), "CFG-212"),
        ("prices: a\ncurrency: RON\nrows: {A: {price: '1', usual: '0'}}\n", "CFG-1"),
        ("stock: a\nrows: {A: '-1'}\n", "CFG-1"),
    ):
        path = tmp_path / "loose.yaml"
        path.write_text(text)
        assert [each.code.startswith(code) for each in lint_loose(path)] == [True]


def test_the_shipped_example_is_not_in_force(tmp_path):
    site = examine_site(write_site(tmp_path / "site")).site
    assert site is not None
    assert (site.rules.approval, site.rules.status) == ((), ())
