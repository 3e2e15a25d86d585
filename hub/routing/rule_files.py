"""Rule files read: compiled rules, or every mistake at its place; and their cases, run."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from pathlib import Path
from typing import TypeVar

import msgspec

from hub.config import Document, check, did_you_mean, load_file
from hub.config.document import Path as Place
from hub.diagnostics import Diagnostic
from hub.model import Order
from hub.routing.conditions import AllOf, AnyOf, Comparison, Condition, Not, compile_condition
from hub.routing.fields import order_fields
from hub.routing.rules import ApprovalRuleFile, Rule, RuleCaseFile, Rules, RulesFile, StatusRuleFile, Where, facts_of
from hub.routing.status import StatusTable, read_status_table
from hub.stock import stock_root

FOLDER = Path("mappings/rules")
_MONEY = ("amount", ".price", ".base_amount")


def load_rules(root: Path, roots: tuple[Path, ...], partners: Collection[str] | None = None) -> tuple[Rules, list[Diagnostic]]:
    """The rules of a site, and what is wrong with them; the status table is the site's own or the shipped one (`roots`).

    `partners` are those there are, None where that is not known.
    """
    files = sorted((root / FOLDER).rglob("*.yaml"))
    if not files:
        return Rules(), []
    table = _table(roots)
    found: list[Diagnostic] = []
    approval: list[Rule] = []
    status: list[Rule] = []
    places: dict[str, str] = {}
    for path in files:
        document = load_file(path)
        rules, wrong = read_rules(document, table, name=path.relative_to(root / FOLDER).with_suffix("").as_posix())
        found += wrong
        if partners is not None:
            found += _strangers(document, partners)
        for rule in (*rules.approval, *rules.status):
            if rule.name in places and places[rule.name] != document.file:
                message = f'rule "{rule.name}" stands also in {places[rule.name]}'
                hint = "a rule has a name of its own: histories name it"
                found.append(document.diagnostic("CFG-351", message, _called(document, rule.name), hint=hint))
            places.setdefault(rule.name, document.file)
        approval += rules.approval
        status += rules.status
    return Rules(approval=tuple(approval), status=tuple(status)), found


def _called(document: Document, name: str) -> Place:
    """Where a rule of that name stands."""
    return next((path for path in document.values if path[-1:] == ("rule",) and document.get(path) == name), ())


def read_rules(document: Document, table: StatusTable | None, name: str = "") -> tuple[Rules, list[Diagnostic]]:
    """The rules of one file with every mistake in them; the cases of a file that has no mistake are run."""
    checked = check(document, RulesFile)
    found = list(checked.diagnostics)
    called = document.get(("rules",))
    if name and isinstance(called, str) and called != name:
        message = f'the rule file "{name}" calls itself "{called}"'
        found.append(document.diagnostic("CFG-343", message, ("rules",), hint="a rule file is named by its path"))
    approvals, statuses = _sound(document, "approval", ApprovalRuleFile), _sound(document, "status", StatusRuleFile)
    found += _twice(document, {**approvals, **statuses})
    approval = [_compile(document, each, place, found) for place, each in approvals.items()]
    status = [_compile(document, each, place, found) for place, each in statuses.items()]
    if table is not None:
        for place, rule in statuses.items():
            found += _first_status(document, rule, table, (*place, "status"))
    rules = Rules(approval=tuple(approval), status=tuple(status))
    if checked.value is not None and not any(each.level == "error" for each in found):
        for at, case in enumerate(checked.value.tests):
            found += _run(document, case, rules, table, ("tests", at))
    return rules, found


RuleFile = TypeVar("RuleFile", ApprovalRuleFile, StatusRuleFile)


def _sound(document: Document, key: str, model: type[RuleFile]) -> dict[Place, RuleFile]:
    """The rules of one kind whose shape is right, by their places: a mistake in one does not hide those of the others."""
    listed = document.get((key,))
    places: list[Place] = [(key, at) for at in range(len(listed))] if isinstance(listed, list) else []
    checked = {place: check(document, model, place).value for place in places}
    return {place: rule for place, rule in checked.items() if rule is not None}


def _strangers(document: Document, partners: Collection[str]) -> Iterator[Diagnostic]:
    """Partners that a rule is for and that no file has: such a rule would never speak."""
    for path in document.values:
        if len(path) == 4 and path[0] in {"approval", "status"} and path[2] == "partners":
            name = str(document.get(path))
            if name not in partners:
                hint = did_you_mean(name, partners)
                yield document.diagnostic("CFG-214", f'there is no partner "{name}"', path, hint=hint)


def _table(roots: tuple[Path, ...]) -> StatusTable | None:
    """The status table in use; what is wrong with it is said where it is linted itself."""
    path = next(
        (root / "mappings/status/order.yaml" for root in roots if (root / "mappings/status/order.yaml").is_file()), None
    )
    return None if path is None else read_status_table(load_file(path))[0]


def stock_status_table() -> StatusTable | None:
    """The shipped status table, for a rule file that stands alone."""
    return _table((stock_root(),))


def _twice(document: Document, rules: Mapping[Place, ApprovalRuleFile | StatusRuleFile]) -> Iterator[Diagnostic]:
    seen: dict[str, Place] = {}
    for place, name in ((place, each.rule) for place, each in rules.items()):
        if name in seen:
            message = f'two rules are called "{name}"; the first is on line {document.place(seen[name])[0]}'
            yield document.diagnostic(
                "CFG-351", message, (*place, "rule"), hint="a rule has a name of its own: histories name it"
            )
        seen.setdefault(name, place)


def _compile(document: Document, file: ApprovalRuleFile | StatusRuleFile, place: Place, found: list[Diagnostic]) -> Rule:
    condition = None
    if file.when is not None:
        condition, wrong = compile_condition(file.when, order_fields(), document, (*place, "when"))
        found += wrong
        if condition is not None and _compares_money(condition) and not _names_currency(condition):
            message = f'rule "{file.rule}" compares an amount without saying in which currency'
            hint = "add `- {field: currency, operator: equals, value: RON}` under `all:`"
            found.append(document.diagnostic("CFG-352", message, (*place, "when"), hint=hint))
    return Rule(
        name=file.rule,
        title=file.title,
        channels=frozenset(file.channels),
        partners=frozenset(file.partners),
        kinds=frozenset(file.kinds),
        when=condition,
        approver=file.approver if isinstance(file, ApprovalRuleFile) else "",
        status=file.status if isinstance(file, StatusRuleFile) else "",
    )


def _compares_money(condition: Condition) -> bool:
    ordered = {"equals", "differs", "above", "at_least", "below", "at_most", "in", "not_in"}
    return any(each.field.endswith(_MONEY) and each.operator in ordered for each in _comparisons(condition))


def _names_currency(condition: Condition) -> bool:
    names = ("currency", "order.currency")
    return any(each.field in names and each.operator in {"equals", "in"} for each in _comparisons(condition))


def _comparisons(condition: Condition) -> Iterator[Comparison]:
    if isinstance(condition, AllOf | AnyOf):
        for part in condition.parts:
            yield from _comparisons(part)
    elif isinstance(condition, Not):
        yield from _comparisons(condition.part)
    else:
        yield condition


def _first_status(document: Document, rule: StatusRuleFile, table: StatusTable, place: Place) -> Iterator[Diagnostic]:
    """An order may begin where the table leads from the first status, and where nothing is promised to its buyer."""
    status = table.statuses.get(rule.status)
    if status is None:
        hint = did_you_mean(rule.status, table.statuses)
        yield document.diagnostic("CFG-213", f'there is no status "{rule.status}"', place, hint=hint)
        return
    usable = [
        each.slug
        for each in table.statuses.values()
        if each.slug == table.initial or (table.answer(table.initial, each.slug) == "allowed" and not each.event and not each.is_guarded)
    ]  # fmt: skip
    if rule.status not in usable:
        message = f'no order begins as "{rule.status}"'
        yield document.diagnostic("CFG-353", message, place, hint=f"a rule may say {', '.join(usable)}")


def _run(document: Document, case: RuleCaseFile, rules: Rules, table: StatusTable | None, place: Place) -> Iterator[Diagnostic]:
    try:
        order = msgspec.convert({"type": "order", **case.order}, Order, strict=False)
    except msgspec.ValidationError as wrong:
        hint = "`order` is a canonical order, or as much of one as the rules ask about"
        yield document.diagnostic("CFG-502", f"the case cannot be run: {wrong}", place, hint=hint)
        return
    where = Where(
        channel=case.channel,
        partner=case.partner,
        agreement=case.agreement,
        test=case.test == "true",
        currency=case.currency,
    )
    facts = facts_of(order, where, status=table.initial if table is not None else "draft")
    needed, first = rules.approval_rule(facts), rules.status_rule(facts)
    got = {"approval": "not_required" if needed is None else "pending", "rule": "" if needed is None else needed.name}
    wanted = {"approval": case.approval, "rule": case.rule or got["rule"]}
    if case.status:
        got["status"] = first.status if first is not None else (table.initial if table is not None else "draft")
        wanted["status"] = case.status
        named = {each.name for each in (needed, first) if each is not None}
        got["rule"] = case.rule if case.rule in named else ", ".join(sorted(named))
        wanted["rule"] = case.rule or got["rule"]
    wrong_names = [name for name in wanted if got[name] != wanted[name]]
    if wrong_names:
        said = "; ".join(f"{name} is {got[name] or 'none'}, not {wanted[name]}" for name in wrong_names)
        hint = "correct the rule, or the case if it is wrong"
        yield document.diagnostic("CFG-501", f'case "{case.case}" fails: {said}', place, hint=hint)
