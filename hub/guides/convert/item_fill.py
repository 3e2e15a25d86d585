"""Ids of an item written out: one small function for each combination of qualifiers that a partner sends.

Every line of an order has the same few ids (UP, IN, VN), and their qualifiers alone decide schemes, summary members and ranks.
They are the document's own values from the start: nothing looks into them before the document is made, and of what an order
is in between, its dicts, they would be the most. Measured: a third of what a loop over pairs and dicts costs.
`tests/unit/guides` holds the two ways against each other.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeAlias, get_args

from hub.guides.itemids import EVERY_SECOND
from hub.guides.run import Run
from hub.model.common import EchoedId, ItemId, ItemScheme

Fill: TypeAlias = "Callable[..., None]"
"""`(frame, run, values)`: adds one id for each value, none of them empty."""

Gtin: TypeAlias = "Callable[[str, str, int, Run], str]"
"""`(scheme, value, place, run)`: the fourteen digits an id stands for, or nothing."""


@dataclass(frozen=True, slots=True)
class Kind:
    """What a qualifier says of its id: whose number it is, the summary member it may fill, and before which others."""

    qualifier: str
    scheme: str
    member: str
    rank: int
    place: int


DIRECT = frozenset({"gtin", "buyer_id", "supplier_id", "manufacturer_id"})
"""The summary members that can be set at once; colour and size mostly have segments of their own, which count more."""


def written_out(kinds: list[Kind], item: str, echo: str, place: str, gtin: Gtin, *, is_alone: bool) -> Fill:
    """The function for these qualifiers. `echo` is the list of what was sent, each with `place` where there is one.

    `is_alone`: nothing else brings ids of the item or says its summary, so that it is set at once and not ranked at the end.
    """
    values = [f"v{number}" for number in range(len(kinds))]
    names: dict[str, Any] = {"gtin": gtin, "ItemId": ItemId, "EchoedId": EchoedId}
    lines = ["def fill(f, r, values):", f"    {', '.join(values)}, = values"]
    if echo:
        lines += _echoed(kinds, values, echo, place)
    lines += [f"    {value} = {value}.strip()" for value in values]
    told: list[tuple[Kind, str]] = []
    for kind, value in zip(kinds, values, strict=True):
        if kind.member == "gtin":
            lines += _gtin(kind, value)
        if kind.member:
            told.append((kind, f"g{value}" if kind.member == "gtin" else value))
    ids = f"[{', '.join(map(_id, kinds, values))}]"
    if is_alone and DIRECT.issuperset(kind.member for kind, _ in told):
        lines += _at_once(told, ids, item)
    else:
        lines += [f"    i = f.get({item!r})", "    if i is None:", f"        i = f[{item!r}] = {{}}", *_ranked(told, ids)]
    exec(compile("\n".join(lines), f"<ids {item}>", "exec"), names)  # noqa: S102 - written here, from words quoted by repr
    made: Fill = names["fill"]
    return made


def _gtin(kind: Kind, value: str) -> list[str]:
    """The fourteen digits; those of a number of twelve or thirteen digits, as most are, without a call (`itemids.gtin_14`)."""
    slow = f"gtin({kind.scheme!r}, {value}, {kind.place}, r)"
    if kind.scheme == "isbn":
        return [f"    g{value} = {slow}"]
    return [
        f"    g{value} = {value}.zfill(14)",
        f"    if {value}.isascii() and {value}.isdigit() and 11 < len({value}) < 15:",
        f"        n = int(g{value}, 16)",
        f"        if ((n & {EVERY_SECOND}) % 255 + 3 * ((n >> 4 & {EVERY_SECOND}) % 255)) % 10:",
        f"            g{value} = {slow}",
        "    else:",
        f"        g{value} = {slow}",
    ]


def _at_once(told: list[tuple[Kind, str]], ids: str, item: str) -> list[str]:
    """Of each summary member the first by rank that is there."""
    best: dict[str, str] = {}
    for member in dict.fromkeys(kind.member for kind, _ in told):
        ranked = sorted((kind.rank, turn, value) for turn, (kind, value) in enumerate(told) if kind.member == member)
        best[member] = " or ".join(value for _, _, value in ranked)
    whole = ", ".join(f"{member!r}: {value}" for member, value in best.items())
    lines = [f"    i = f.get({item!r})"]
    if best:
        # Nearly always nothing is there before, and all of them are.
        lines += [f"    if i is None and {' and '.join(f'({value})' for value in best.values())}:"]
        lines += [f"        f[{item!r}] = {{'ids': {ids}, {whole}}}", "        return"]
    lines += ["    if i is None:", f"        i = f[{item!r}] = {{}}", f"    i['ids'] = {ids}"]
    for member, value in best.items():
        lines += [f"    m = {value}", "    if m:", f"        i[{member!r}] = m"]
    return lines


def _ranked(told: list[tuple[Kind, str]], ids: str) -> list[str]:
    """The summary is kept with its ranks until the message has been read."""
    lines = [
        "    l = i.get('ids')",
        "    if l is None:",
        f"        i['ids'] = {ids}",
        "        b = {}",
        "        r.items[id(i)] = (i, b)",
        "    else:",
        f"        l += {ids}",
        "        b = r.items[id(i)][1]",
    ]
    for kind, value in told:
        lines.append(f"    if {value} and ({kind.member!r} not in b or {kind.rank} < b[{kind.member!r}][0]):")
        lines.append(f"        b[{kind.member!r}] = ({kind.rank}, {value})")
    return lines


_SCHEMES = frozenset(get_args(ItemScheme))


def _id(kind: Kind, value: str) -> str:
    if not kind.qualifier:
        return f"ItemId(value={value})"
    # A word of a site's table that is no scheme is left to the document's own check.
    made = "ItemId" if kind.scheme in _SCHEMES else "dict"
    return f"{made}(value={value}, scheme={kind.scheme!r}, code={kind.qualifier!r})"


def _echoed(kinds: list[Kind], values: list[str], path: str, place: str) -> list[str]:
    """What was sent, letter for letter, with its place where the message has several."""
    *heads, name = path.split(".")
    beside = f", place={place!r}" if place else ""
    sent = ", ".join(
        f"EchoedId(qualifier={kind.qualifier!r}, value={value}{beside})" for kind, value in zip(kinds, values, strict=True)
    )
    lines = ["    e = f"]
    for head in heads:
        lines += [f"    o, e = e, e.get({head!r})", "    if e is None:", f"        e = o[{head!r}] = {{}}"]
    return [
        *lines,
        f"    if {name!r} in e:",
        f"        e[{name!r}] += [{sent}]",
        "    else:",
        f"        e[{name!r}] = [{sent}]",
    ]
