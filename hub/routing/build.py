"""Partner files into partners, connections and agreements: defaults filled in, references resolved, places kept."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any, TypeVar

from pydantic import BaseModel

from hub.config import Document, check, did_you_mean
from hub.config.document import Path as Place
from hub.diagnostics import Diagnostic
from hub.guides.library import Library
from hub.routing.hub_file import HubFile
from hub.routing.identities import Identity
from hub.routing.options import FOREIGN_KINDS, Acknowledge
from hub.routing.partner_file import AgreementFile, ConnectionFile, Options, PartnerFile
from hub.routing.price_lists import LISTS
from hub.routing.registry import UnknownConnector, connector
from hub.routing.rules import Rules
from hub.routing.site import Agreement, Channel, Connection, Partner, Site
from hub.routing.versions import DocumentName, parse_document_name
from hub.routing.written import Written

Model = TypeVar("Model", bound=BaseModel)


class Builder:
    """Resolves partner files against our identities and the library; what does not resolve goes to `found`.

    `hub` is None when a partner file is looked at alone: then nothing about our identities is said.
    """

    def __init__(
        self, *, root: Path, hub: HubFile | None, library: Library, written: list[Written], hub_document: Document | None = None
    ) -> None:
        self.root = root
        self.hub = hub
        self.hub_document = hub_document
        self.library = library
        self.guides = library.guide_names()
        self.tables = library.table_names()
        self.lists = {kind: library.list_names(kind) for kind in LISTS}
        self.written = written
        self.found: list[Diagnostic] = []
        self.ours = {name: each.values() for name, each in hub.identities.items()} if hub else {}
        self.connections: dict[str, Connection] = {}
        self.agreements: dict[str, Agreement] = {}
        self._names = {f"{each.partner.partner}/{name}" for each in written for name in each.connections}
        self._shared = list(hub.connections) if hub else []

    def site(self, roots: tuple[Path, ...], rules: Rules) -> Site:
        """The whole site; complete only if `found` holds no error afterwards."""
        assert self.hub is not None
        partners: dict[str, Partner] = {}
        if self.hub_document is not None:
            self._connect(self.hub_document, self.hub.connections, "")
        for each in self.written:
            self._connect(each.document, each.partner.connections, each.partner.partner)
        for each in self.written:
            partners.setdefault(each.partner.partner, self._partner(each))
            self._agree(each)
        return Site(
            root=self.root,
            roots=roots,
            file=self.hub,
            ours=self.ours,
            partners=partners,
            connections=self.connections,
            agreements=self.agreements,
            channels=self._channels(),
            rules=rules,
        )

    def partner(self, written: Written) -> None:
        """Check one partner file alone."""
        self.written = [written]
        self._names = {f"{written.partner.partner}/{name}" for name in written.connections}
        self._connect(written.document, written.partner.connections, written.partner.partner)
        self._agree(written)

    def _connect(self, document: Document, connections: Mapping[str, ConnectionFile], partner: str) -> None:
        for name, each in connections.items():
            path: Place = ("connections", name)
            try:
                spec = connector(each.connector)
            except UnknownConnector as unknown:
                self.found.append(document.diagnostic(unknown.code, unknown.message, (*path, "connector"), hint=unknown.hint))
                continue
            settings = check(document, spec.settings, (*path, "settings"))
            self.found += settings.diagnostics
            if settings.value is None:
                continue
            key = f"{partner}/{name}" if partner else name
            self.connections[key] = Connection(
                id=key,
                partner=partner,
                spec=spec,
                settings=rooted(settings.value, self.root),
                poll=each.poll,
                retry=each.retry,
                in_flight=each.in_flight,
            )

    def _partner(self, written: Written) -> Partner:
        file, defaults = written.partner, written.partner.defaults
        return Partner(
            id=file.partner,
            name=file.name or file.partner,
            state=file.state,
            identities=file.identities.values(),
            told_apart_by=file.told_apart_by,
            time_zone=self._time_zone(file),
            calendar=file.calendar,
            contacts=file.contacts,
            retention=file.retention,
            acknowledge=self._acknowledge(written, defaults, ("defaults",)),
            numbering=defaults.numbering,
            duplicates=defaults.duplicates,
            writing=defaults.writing,
            connection=self._over(written, defaults, ("defaults",)) if len(file.connections) < 2 or defaults.over else "",
            file=written.document.file,
        )

    def _time_zone(self, file: PartnerFile) -> str:
        return file.time_zone or (self.hub.time_zone if self.hub else "UTC")

    def _agree(self, written: Written) -> None:
        taken: dict[str, int] = {}
        for index, each in enumerate(written.partner.agreements):
            path = written.path(index)
            agreement = self._agreement(written, each, path)
            if agreement.id in taken:
                first = written.document.place(written.path(taken[agreement.id]))
                message = f'two agreements are called "{agreement.id}"; the first is on line {first[0]}'
                self._say(written, "CFG-307", message, path, "give one an `id:` of its own")
            else:
                taken[agreement.id] = index
                self._tell_apart(written, agreement, path)
                self.agreements.setdefault(agreement.id, agreement)

    def _tell_apart(self, written: Written, agreement: Agreement, path: Place) -> None:
        """Two agreements that fit the same messages equally well would hold every one of them."""
        for other in self.agreements.values():
            if agreement.direction == "inbound" and _fits(other) == _fits(agreement):
                message = f"fits the same messages as the agreement on line {other.line}: every one would be held as a tie"
                self._say(
                    written,
                    "CFG-313",
                    message,
                    path,
                    "tell them apart by version, association, `test:`, `theirs:` or `groups:`",
                )
                return

    def _agreement(self, written: Written, file: AgreementFile, path: Place) -> Agreement:
        partner = written.partner
        merged = merge(partner.defaults, file)
        name = parse_document_name(file.receive or file.send or "")
        self._fit_kind(written, file, name, path)
        guide = "" if file.keep else (file.guide or str(name))
        self._refer(written, guide, merged, path)
        self._fit_guide(written, file, name, path)
        self._ask_for_event(written, file, name, path)
        key = file.id or f"{'receive' if file.receive else 'send'}-{str(name).replace('/', '-').replace('*', 'any').lower()}"
        return Agreement(
            id=f"{partner.partner}/{key}",
            partner=partner.partner,
            direction="inbound" if file.receive else "outbound",
            document=name,
            guide=guide,
            ours=self._ours(written, merged, name, path),
            theirs=self._theirs(written, file, name, path),
            group_ours=merged.groups.ours,
            group_theirs=merged.groups.theirs,
            connection=self._over(written, merged, path),
            test=file.test,
            triggered_by=file.triggered_by,
            confirm=merged.confirm,
            acknowledge=self._acknowledge(written, merged, path),
            expect=merged.expect,
            due=merged.due,
            duplicates=merged.duplicates,
            numbering=merged.numbering,
            writing=merged.writing,
            findings=merged.findings,
            tolerances=merged.tolerances,
            ordering=merged.ordering,
            tables={name: each for name, each in merged.tables.items() if name not in LISTS},
            lists={name: each for name, each in merged.tables.items() if name in LISTS},
            orders=merged.orders,
            values=merged.values,
            time_zone=merged.writing.time_zone or self._time_zone(partner),
            file=written.document.file,
            line=written.document.place(path)[0],
        )

    def _say(self, written: Written, code: str, message: str, path: Place, hint: str) -> None:
        self.found.append(written.document.diagnostic(code, message, path, hint=hint))

    def _refer(self, written: Written, guide: str, merged: Options, path: Place) -> None:
        if guide and guide not in self.guides:
            key = next((key for key in ("guide", "receive", "send") if written.document.get((*path, key)) is not None), "")
            self._say(written, "CFG-201", f'there is no guide "{guide}"', (*path, key), did_you_mean(guide, self.guides))
        for table, stands_in in merged.tables.items():
            place: Place = (*path, "tables", table)
            if place not in written.document.values:
                place = ("defaults", "tables", table)
            if table in LISTS:
                self._list(written.document, place, table, stands_in)
                continue
            if table not in self.tables:
                self._say(written, "CFG-210", f'no guide asks for a table "{table}"', place, did_you_mean(table, self.tables))
            if stands_in not in self.tables:
                self._say(written, "CFG-202", f'there is no table "{stands_in}"', place, did_you_mean(stands_in, self.tables))

    def _list(self, document: Document, place: Place, kind: str, name: str) -> None:
        """A price list or a stock table that is named must be there."""
        known = self.lists[kind]
        if name not in known:
            hint = did_you_mean(name, known) if known else f"write it as mappings/{kind}/{name}.yaml"
            self.found.append(document.diagnostic("CFG-202", f'there is no {LISTS[kind]} "{name}"', place, hint=hint))

    def _channels(self) -> dict[str, Channel]:
        """How the channels of `hub.toml` handle their orders."""
        assert self.hub is not None
        channels = {}
        for name, each in self.hub.channels.items():
            for kind, listed in each.tables.items():
                if self.hub_document is not None:
                    self._list(self.hub_document, ("channels", name, "tables", kind), kind, listed)
            channels[name] = Channel(
                confirm=each.confirm,
                orders=each.orders,
                tolerances=each.tolerances,
                lists={str(kind): listed for kind, listed in each.tables.items()},
            )
        return channels

    def _fit_kind(self, written: Written, file: AgreementFile, name: DocumentName, path: Place) -> None:
        """An agreement may not ask for the other standard's acknowledgment; a partner's defaults may, they serve both."""
        kind = file.acknowledge.kind
        if kind in FOREIGN_KINDS[name.standard]:
            hint = "997 and 999 answer X12, CONTRL answers EDIFACT"
            self._say(written, "CFG-312", f"{kind} cannot answer {name}", (*path, "acknowledge", "kind"), hint)

    def _fit_guide(self, written: Written, file: AgreementFile, name: DocumentName, path: Place) -> None:
        """A guide written for another message would read none of this one's segments, or the wrong ones."""
        if not file.guide or file.guide not in self.guides:
            return
        found, _ = self.library.load(file.guide)
        standard, _, message = (found.dictionary if found else "").partition("/")
        message = message.rpartition("/")[2]
        if standard in _STANDARD and (standard, message) != (name.standard, name.message):
            like = [each for each in self.guides if each.startswith(f"{name.standard}/") and each.endswith(f"/{name.message}")]
            hint = f"name a guide for {name.message}, such as {like[0]}" if like else f"write a guide for {name.message}"
            self._say(
                written,
                "CFG-314",
                f'the guide "{file.guide}" is for {standard}/{message}, not for {name}',
                (*path, "guide"),
                hint,
            )

    def _ask_for_event(self, written: Written, file: AgreementFile, name: DocumentName, path: Place) -> None:
        """An answer, a despatch advice or an invoice leaves when something happens to the order, and only then."""
        event = _SENT_ON.get(name.message)
        if file.send and not file.triggered_by and event:
            message = f"nothing sends {name}: no event is named"
            hint = f"add `triggered_by: [{event}]`, or remove the agreement"
            found = written.document.diagnostic("CFG-407", message, (*path, "send"), hint=hint, level="warning")
            self.found.append(found)

    def _acknowledge(self, written: Written, options: Options, path: Place) -> Acknowledge:
        """The acknowledgment rules with their connection resolved."""
        if not options.acknowledge.over:
            return options.acknowledge
        place = (*path, "acknowledge", "over")
        if written.document.get(place) is None:
            place = ("defaults", "acknowledge", "over")
        return options.acknowledge.model_copy(update={"over": self._named(written, options.acknowledge.over, place)})

    def _over(self, written: Written, options: Options, path: Place) -> str:
        partner = written.partner
        own = [f"{partner.partner}/{name}" for name in written.connections]
        if options.over is None:
            usual = own or self._shared
            if len(usual) == 1:
                return usual[0]
            if self.hub is not None and not written.broken & {"connections", "defaults"}:
                what = f"there are {len(usual)}: {', '.join(usual)}" if usual else "there is none"
                self._say(written, "CFG-203", f"which connection? {what}", path, "name it with `over:`")
            return ""
        place = (*path, "over") if written.document.get((*path, "over")) is not None else ("defaults", "over")
        return self._named(written, options.over, place)

    def _named(self, written: Written, name: str, place: Place) -> str:
        """The connection that a partner means by a name: its own, a shared one, or `partner/name` of another."""
        partner = written.partner.partner
        key = f"{partner}/{name}"
        key = key if key in self._names else name
        if key not in self._names and key not in self._shared and self.hub is not None:
            known = {each.removeprefix(f"{partner}/") for each in (*self._names, *self._shared)}
            self._say(written, "CFG-204", f'there is no connection "{name}"', place, did_you_mean(name, known))
        return key

    def _ours(self, written: Written, options: Options, name: DocumentName, path: Place) -> tuple[Identity, ...]:
        if self.hub is None:
            return ()
        place = (*path, "ours") if written.document.get((*path, "ours")) is not None else ("defaults", "ours")
        if options.ours is not None and options.ours not in self.ours:
            message = f'we have no identity "{options.ours}" in hub.toml'
            self._say(written, "CFG-205", message, place, did_you_mean(options.ours, self.ours))
            return ()
        groups = [self.ours[options.ours]] if options.ours is not None else list(self.ours.values())
        ours = tuple(each for group in groups for each in group if each.standard == name.standard)
        if not ours:
            message = f"hub.toml gives us no {_STANDARD[name.standard]} identity to exchange {name} with"
            self._say(written, "CFG-206", message, path, f"add `{_SCHEME[name.standard]}` to [identities.NAME] in hub.toml")
        return ours

    def _theirs(self, written: Written, file: AgreementFile, name: DocumentName, path: Place) -> tuple[Identity, ...]:
        known = tuple(each for each in written.partner.identities.values() if each.standard == name.standard)
        if "identities" in written.broken:
            return ()
        if not known:
            message = f"the partner has no {_STANDARD[name.standard]} identity to exchange {name} with"
            self._say(written, "CFG-208", message, path, f"add `{_SCHEME[name.standard]}: ...` to its identities")
        if file.theirs is None:
            return known
        chosen = tuple(each for each in known if file.theirs in {str(each), each.id})
        if known and not chosen:
            message = f'the partner has no {_STANDARD[name.standard]} identity "{file.theirs}"'
            self._say(written, "CFG-209", message, (*path, "theirs"), did_you_mean(file.theirs, map(str, known)))
        return chosen


_SENT_ON = {
    **dict.fromkeys(("855", "865", "ORDRSP"), "confirmed"),
    **dict.fromkeys(("856", "DESADV"), "shipped"),
    **dict.fromkeys(("810", "INVOIC"), "invoiced"),
}
"""Messages that an event of the order sends, and the one that usually does."""

_STANDARD = {"x12": "X12", "edifact": "EDIFACT"}
_SCHEME = {"x12": "x12: QUALIFIER:ID", "edifact": "gln"}


def _fits(agreement: Agreement) -> tuple[object, ...]:
    """What decides which arriving messages an agreement is for."""
    names = (agreement.partner, agreement.direction, agreement.document, agreement.test)
    return (*names, agreement.ours, agreement.theirs, agreement.group_ours, agreement.group_theirs)


def merge(defaults: Options, agreement: AgreementFile) -> Options:
    """The agreement's options over the partner's defaults, key by key through every block."""
    fields = set(Options.model_fields)
    above = agreement.model_dump(exclude_unset=True, include=fields)
    return Options.model_validate(_over_each_other(defaults.model_dump(exclude_unset=True), above))


def _over_each_other(below: Mapping[str, Any], above: Mapping[str, Any]) -> dict[str, Any]:
    merged = dict(below)
    for key, value in above.items():
        under = merged.get(key)
        both = isinstance(value, Mapping) and isinstance(under, Mapping)
        merged[key] = _over_each_other(under, value) if both and under is not None else value
    return merged


def rooted(settings: Model, root: Path) -> Model:
    """Settings with every relative path in them joined to the site folder."""
    changed: dict[str, Any] = {}
    for name in type(settings).model_fields:
        value = getattr(settings, name)
        if isinstance(value, Path) and not value.is_absolute():
            changed[name] = root / value
        elif isinstance(value, BaseModel):
            changed[name] = rooted(value, root)
    return settings.model_copy(update=changed) if changed else settings
