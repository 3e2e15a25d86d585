"""Mistakes that only show when all partner files lie side by side: names taken twice, senders that cannot be told apart."""

from __future__ import annotations

from collections import defaultdict

from hub.config.document import Path as Place
from hub.diagnostics import Diagnostic
from hub.routing.identities import Identity, gln_check_digit_holds
from hub.routing.site import Site
from hub.routing.written import UNNAMED, Written


def conflicts(written: list[Written], site: Site) -> list[Diagnostic]:
    """Everything wrong between the partners of a site, and connections that nothing uses."""
    return [*_names(written), *_identities(written, site), *_glns(written), *_unused(written, site)]


def _names(written: list[Written]) -> list[Diagnostic]:
    first: dict[str, Written] = {}
    found = []
    for each in written:
        if each.partner.partner == UNNAMED:
            continue
        other = first.setdefault(each.partner.partner, each)
        if other is not each:
            message = f'the partner "{each.partner.partner}" is already described in {other.document.file}'
            found.append(each.document.diagnostic("CFG-308", message, ("partner",), hint="rename one, or merge the files"))
    return found


def _identities(written: list[Written], site: Site) -> list[Diagnostic]:
    owners: dict[Identity, list[Written]] = defaultdict(list)
    for each in written:
        for identity in dict.fromkeys(each.partner.identities.values()):
            owners[identity].append(each)
    found = []
    for identity, sharing in owners.items():
        if identity in site.identities:
            message = f'"{identity}" is one of our own identities in hub.toml'
            found += [_at(each, identity, "CFG-309", message, "a partner needs an id of its own") for each in sharing]
        untold = [each for each in sharing if not each.partner.told_apart_by]
        if len(sharing) > 1 and untold and identity.scheme not in {"x12_group", "edifact_group"}:
            for each in untold[1:] if len(untold) > 1 else untold:
                other = next(one for one in sharing if one is not each)
                message = f'"{identity}" also stands for the partner "{other.partner.partner}" ({other.document.file})'
                found.append(
                    _at(each, identity, "CFG-310", message, "say with `told_apart_by:` which N1 or NAD party means which")
                )
    return found


def _glns(written: list[Written]) -> list[Diagnostic]:
    found = []
    for each in written:
        for index, gln in enumerate(each.partner.identities.gln):
            if not gln_check_digit_holds(gln):
                path: Place = ("identities", "gln", index)
                path = path if path in each.document.values else path[:-1]
                message = f"the check digit of GLN {gln} is wrong"
                found.append(
                    each.document.diagnostic("CFG-311", message, path, hint="compare it with the partner's", level="warning")
                )
    return found


def _unused(written: list[Written], site: Site) -> list[Diagnostic]:
    """Connections that no agreement names; one that can be polled or posted to is used all the same."""
    used = {agreement.connection for agreement in site.agreements.values()}
    used |= {agreement.acknowledge.over for agreement in site.agreements.values()}
    used |= {partner.connection for partner in site.partners.values()}
    found = []
    for each in written:
        if not each.is_whole:
            continue
        for name in each.partner.connections:
            if f"{each.partner.partner}/{name}" not in used:
                path: Place = ("connections", name)
                message = f'no agreement goes over the connection "{name}"'
                found.append(
                    each.document.diagnostic(
                        "CFG-401", message, path, key=True, level="warning", hint="remove it, or name it with `over:`"
                    )
                )
        if not each.partner.agreements:
            message = f'nothing is agreed with "{each.partner.partner}"'
            found.append(
                each.document.diagnostic(
                    "CFG-402", message, ("partner",), level="warning", hint="add `agreements:`, or remove the file"
                )
            )
    return found


def _at(each: Written, identity: Identity, code: str, message: str, hint: str) -> Diagnostic:
    written = each.document.get(("identities", identity.scheme))
    path: Place = ("identities", identity.scheme)
    if isinstance(written, list):
        index = next((at for at, value in enumerate(written) if identity.id in str(value)), 0)
        path = (*path, index)
    return each.document.diagnostic(code, message, path, hint=hint)
