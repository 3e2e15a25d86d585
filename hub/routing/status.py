"""The statuses of an order and which may follow which, as a table read from `mappings/status/order.yaml`."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Annotated, Literal, TypeAlias

from pydantic import Field

from hub.config import Document, check, did_you_mean
from hub.config.document import Path
from hub.diagnostics import Diagnostic
from hub.errors import Refused
from hub.routing.options import Block
from hub.routing.partner_file import Event

Answer: TypeAlias = Literal["allowed", "needs_person", "refused"]

_Slug = Annotated[str, Field(pattern=r"^[a-z][a-z_]{0,30}$", examples=["on_hold"])]


class StatusFile(Block):
    """One status, as YAML writes it.

    event      what agreements wait for (`triggered_by`) when an order comes into it
    guarded    a promise to the buyer: not entered while the order is held, or its approval is pending or was refused
    by_person  the next statuses that only a person may choose
    """

    code: Annotated[int, Field(ge=0, le=99)]
    slug: _Slug
    label: str
    note: str = ""
    event: Event | None = None
    final: bool = False
    guarded: bool = False
    to: tuple[str, ...]
    by_person: tuple[str, ...] = ()


class StatusRulesFile(Block):
    """A whole status table."""

    status_rules: str
    title: str = ""
    initial: str
    statuses: Annotated[tuple[StatusFile, ...], Field(min_length=1)]
    labels: dict[str, dict[str, str]] = Field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Status:
    """One status: its number for other systems, its slug for the API, its label for people."""

    code: int
    slug: str
    label: str
    note: str = ""
    event: str | None = None
    is_final: bool = False
    is_guarded: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class StatusTable:
    """All statuses by slug, and every step from one to another that is allowed or needs a person."""

    name: str
    initial: str
    statuses: Mapping[str, Status]
    steps: Mapping[tuple[str, str], Literal["allowed", "needs_person"]]
    labels: Mapping[str, Mapping[str, str]] = field(default_factory=dict)

    def by_code(self, code: int) -> Status:
        """The status with a number; raises `Refused` where there is none."""
        for status in self.statuses.values():
            if status.code == code:
                return status
        raise Refused(
            f"there is no status {code}",
            f"statuses go from 0 to {max(each.code for each in self.statuses.values())}",
            code="BUS-350",
        )

    def label(self, slug: str, channel: str = "") -> str:
        """What people of a channel call a status."""
        return self.labels.get(channel, {}).get(slug) or self.statuses[slug].label

    def answer(self, before: str, after: str) -> Answer:
        """Whether one status may follow another: always, only when a person says so, or never."""
        return self.steps.get((before, after), "refused")

    def next(self, before: str, *, by_person: bool) -> tuple[Status, ...]:
        """The statuses that may follow, in the order of their numbers."""
        allowed = {"allowed", "needs_person"} if by_person else {"allowed"}
        return tuple(each for each in self.statuses.values() if self.answer(before, each.slug) in allowed)

    def demand(self, before: str, after: str, *, by_person: bool) -> Status:
        """The status after a step; raises `Refused` that says what may follow instead."""
        if after not in self.statuses:
            raise Refused(f'there is no status "{after}"', did_you_mean(after, self.statuses), code="BUS-350")
        answer = self.answer(before, after)
        if answer == "allowed" or (answer == "needs_person" and by_person):
            return self.statuses[after]
        instead = ", ".join(each.slug for each in self.next(before, by_person=by_person)) or "nothing"
        if answer == "needs_person":
            raise Refused(f"only a person may take an order from {before} to {after}", "name who decides it", code="BUS-352")
        raise Refused(f"an order that is {before} cannot become {after}", f"after {before} comes: {instead}", code="BUS-351")


def read_status_table(document: Document) -> tuple[StatusTable | None, list[Diagnostic]]:
    """The table of a document, or every mistake in it; warnings come with the table."""
    checked = check(document, StatusRulesFile)
    if checked.value is None:
        return None, list(checked.diagnostics)
    found = [*checked.diagnostics, *_lint(document, checked.value)]
    if any(each.level == "error" for each in found):
        return None, sorted(found)
    return _build(checked.value), sorted(found)


def _build(file: StatusRulesFile) -> StatusTable:
    steps: dict[tuple[str, str], Literal["allowed", "needs_person"]] = {}
    statuses = sorted(file.statuses, key=lambda each: each.code)
    for each in statuses:
        steps.update({(each.slug, after): "needs_person" for after in each.by_person})
        steps.update({(each.slug, after): "allowed" for after in each.to})
    return StatusTable(
        name=file.status_rules,
        initial=file.initial,
        statuses={
            each.slug: Status(
                code=each.code,
                slug=each.slug,
                label=each.label,
                note=each.note,
                event=each.event,
                is_final=each.final,
                is_guarded=each.guarded,
            )
            for each in statuses
        },
        steps=steps,
        labels=file.labels,
    )


def _lint(document: Document, file: StatusRulesFile) -> list[Diagnostic]:
    slugs = [each.slug for each in file.statuses]
    found = [*_twice(document, file), *_unknown(document, file, slugs)]
    if not found:
        found = _dead_ends(document, file)
    return found


def _twice(document: Document, file: StatusRulesFile) -> list[Diagnostic]:
    found = []
    for member in ("code", "slug"):
        seen: dict[object, int] = {}
        for at, each in enumerate(file.statuses):
            value = getattr(each, member)
            first = seen.setdefault(value, at)
            if first != at:
                line = document.place(("statuses", first))[0]
                message = f'two statuses have the {member} "{value}"; the first is on line {line}'
                found.append(document.diagnostic("CFG-341", message, ("statuses", at, member), hint="a status has its own"))
    return found


def _unknown(document: Document, file: StatusRulesFile, slugs: list[str]) -> list[Diagnostic]:
    named: list[tuple[str, Path]] = [(file.initial, ("initial",))]
    for at, each in enumerate(file.statuses):
        named += [(slug, ("statuses", at, "to", place)) for place, slug in enumerate(each.to)]
        named += [(slug, ("statuses", at, "by_person", place)) for place, slug in enumerate(each.by_person)]
    found = [
        document.diagnostic("CFG-213", f'there is no status "{slug}"', path, hint=did_you_mean(slug, slugs))
        for slug, path in named
        if slug not in slugs
    ]
    for channel, labels in file.labels.items():
        found += [
            document.diagnostic(
                "CFG-213", f'there is no status "{slug}"', ("labels", channel, slug), hint=did_you_mean(slug, slugs), key=True
            )
            for slug in labels
            if slug not in slugs
        ]
    return found


def _dead_ends(document: Document, file: StatusRulesFile) -> list[Diagnostic]:
    """Statuses nobody reaches, statuses nobody leaves, steps to themselves, steps named twice."""
    after = {each.slug: (*each.to, *each.by_person) for each in file.statuses}
    reached = _reached(file.initial, after)
    found = []
    for at, each in enumerate(file.statuses):
        path: Path = ("statuses", at)
        following = after[each.slug]
        if each.slug not in reached:
            message = f'no order ever becomes "{each.slug}"'
            found.append(
                document.diagnostic("CFG-403", message, path, hint="name it under `to` of another status", level="warning")
            )
        if each.final and following:
            message = f'"{each.slug}" is final and has something after it'
            found.append(document.diagnostic("CFG-342", message, (*path, "final"), hint="remove `final` or empty `to`"))
        if not each.final and not following:
            message = f'no order ever leaves "{each.slug}"'
            found.append(document.diagnostic("CFG-342", message, path, hint="mark it `final: true`, or say what comes after"))
        if each.slug in following or len(following) != len(set(following)):
            message = f'"{each.slug}" names itself, or a status twice, as what comes after'
            found.append(document.diagnostic("CFG-342", message, (*path, "to"), hint="name every other status at most once"))
    return found


def _reached(initial: str, after: Mapping[str, Iterable[str]]) -> set[str]:
    reached, waiting = {initial}, [initial]
    while waiting:
        fresh = set(after[waiting.pop()]) - reached
        reached |= fresh
        waiting += fresh
    return reached
