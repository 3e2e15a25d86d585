"""A guide's YAML to its values; every mistake is a diagnostic with its place and a cure."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any

from hub.config import Document, Path, did_you_mean
from hub.diagnostics import Diagnostic
from hub.diagnostics import Level as Severity
from hub.guides.shape import Chunk, Elements, GuideText, Into, Item, Key, Level, Loop, Place, Segment

_TAG = re.compile(r"[A-Z][A-Z0-9]{1,2}")
_KEY = re.compile(r"(\d{1,2})(?:-(\d{1,2}))?(?:\.(\d{1,2})(?:-(\d{1,2}))?)?")
_STEP = re.compile(r"\+(\d{1,2})")
_NAME = re.compile(r"[A-Za-z0-9_\-]+(/[A-Za-z0-9_.\-]+)+")

_GUIDE_KEYS = ("guide", "document", "title", "extends", "dictionary", "segments", "steps", "tests", "constants", "note")
_SEGMENT_KEYS = ("use", "max", "each", "chunk", "member", "set", "when", "direction", "note", "why", "ignore", "remove")
_LOOP_KEYS = (
    "loop", "use", "max", "each", "frame", "into", "require", "group", "at", "levels", "tree", "when", "direction", "note", "why", "ignore",
    "remove", "segments", "member",
)  # fmt: skip
_ELEMENT_KEYS = (
    "is", "to", "as", "table", "echo", "default", "write_default", "placeholder", "count", "sum", "fallback_for", "from_agreement",
    "if_members", "beside", "wrap", "use", "only", "when", "read", "write", "note", "why", "ignore", "slots",
)  # fmt: skip
_LEVEL_KEYS = ("each", "set", "inherit", "segments")
_INTO_KEYS = ("by", "slots", "code", "other", "roles", "role")


class Parser:
    """Turns one YAML document into a `GuideText`, collecting diagnostics instead of stopping."""

    def __init__(self, document: Document) -> None:
        self.document = document
        self.found: list[Diagnostic] = list(document.diagnostics)

    def guide(self) -> GuideText | None:
        """The guide, or None where the file is no mapping at all."""
        value = self.document.value
        if not isinstance(value, dict):
            if not self.found:
                self.report("CFG-104", "a guide is keys and values", ())
            return None
        self.known(value, (), _GUIDE_KEYS)
        name = self.text(value, (), "guide", needed=True)
        if name and not _NAME.fullmatch(name):
            self.report("CFG-131", f'"{name}" is no guide name', ("guide",), "such as x12/004010/850 or edifact/D96A/ORDERS")
        extends = self.text(value, (), "extends")
        document = self.text(value, (), "document", needed=not extends)
        return GuideText(
            name=name,
            file=self.document.file,
            title=self.text(value, (), "title"),
            document=document,
            dictionary=self.text(value, (), "dictionary") or ("" if extends else name),
            segments=self.items(value.get("segments", []), ("segments",)),
            steps=self.texts(value, (), "steps"),
            extends=extends,
            tests=self._tests(value),
            constants=self.mapping(value, (), "constants"),
            note=self.text(value, (), "note"),
        )

    def items(self, value: Any, path: Path) -> tuple[Item, ...]:
        """The segments and loops of a list."""
        if not isinstance(value, list):
            self.report("CFG-104", "segments are a list", path)
            return ()
        found = (self._item(each, (*path, index)) for index, each in enumerate(value))
        return tuple(item for item in found if item is not None)

    def _item(self, value: Any, path: Path) -> Item | None:
        if isinstance(value, dict) and "loop" in value:
            return self._loop(value, path)
        if not isinstance(value, dict) or len(value) != 1:
            self.report("CFG-132", "one entry is one segment (`- BEG: {...}`) or one loop (`- loop: N1`)", path)
            return None
        ((tag, body),) = value.items()
        if not _TAG.fullmatch(tag):
            self.report("CFG-132", f'"{tag}" is no segment tag', (*path, tag), "two or three capitals or digits")
            return None
        return self._segment(tag, body, (*path, tag))

    def _segment(self, tag: str, body: Any, path: Path) -> Segment | None:
        if not isinstance(body, dict):
            self.report("CFG-104", f"what {tag} says is keys and values", path)
            return None
        elements: list[Elements] = []
        for name in body:
            if name in _SEGMENT_KEYS:
                continue
            key = self.key(name)
            if key is None:
                hint = did_you_mean(name, _SEGMENT_KEYS)
                self.report(
                    "CFG-102", f'unknown key "{name}"', (*path, name), f"an element is a number such as 03; {hint}", key=True
                )
            else:
                elements += self._elements(key, body[name], (*path, name))
        return Segment(
            tag=tag,
            place=self.place(path, key=True),
            elements=tuple(elements),
            use=self._use(body, path),
            max=self.number(body, path, "max"),
            each=self.text(body, path, "each"),
            chunk=self._chunk(body, path),
            member=self.flag(body, path, "member"),
            sets=self.mapping(body, path, "set"),
            when=self.mapping(body, path, "when"),
            direction=self._direction(body, path),
            note=self.text(body, path, "note"),
            why=self.text(body, path, "why"),
            ignore=self.text(body, path, "ignore"),
            remove=self.flag(body, path, "remove"),
        )

    def _loop(self, value: Mapping[str, Any], path: Path) -> Loop:
        self.known(value, path, _LOOP_KEYS)
        levels = value.get("levels", {})
        return Loop(
            tag=self.text(value, path, "loop"),
            place=self.place((*path, "loop")),
            segments=self.items(value.get("segments", []), (*path, "segments")),
            use=self._use(value, path),
            max=self.number(value, path, "max"),
            each=self.text(value, path, "each"),
            frame=self.text(value, path, "frame"),
            into=self._into(value["into"], (*path, "into")) if "into" in value else None,
            require=self.texts(value, path, "require"),
            group=self.texts(value, path, "group"),
            member=self.flag(value, path, "member"),
            at=self.text(value, path, "at"),
            tree=self.mapping(value, path, "tree"),
            levels={code: self._level(code, body, (*path, "levels", code)) for code, body in self._pairs(levels, path)},
            when=self.mapping(value, path, "when"),
            direction=self._direction(value, path),
            note=self.text(value, path, "note"),
            why=self.text(value, path, "why"),
            ignore=self.text(value, path, "ignore"),
            remove=self.flag(value, path, "remove"),
        )

    def _level(self, code: str, value: Any, path: Path) -> Level:
        body = value if isinstance(value, dict) else {}
        self.known(body, path, _LEVEL_KEYS)
        return Level(
            code=code,
            place=self.place(path, key=True),
            each=self.text(body, path, "each"),
            constants=self.mapping(body, path, "set"),
            inherit=self.mapping(body, path, "inherit"),
            segments=self.items(body.get("segments", []), (*path, "segments")),
        )

    def _into(self, value: Any, path: Path) -> Into | None:
        if not isinstance(value, dict):
            self.report("CFG-104", "`into` is keys and values", path)
            return None
        self.known(value, path, _INTO_KEYS)
        key = self.key(self.text(value, path, "by", needed=True))
        slots = {
            name: self.texts(value.get("slots", {}), (*path, "slots"), name)
            for name, _ in self._pairs(value.get("slots", {}), path)
        }
        return Into(
            by=key or Key(1, 1),
            place=self.place(path),
            slots=slots,
            code=self.text(value, path, "code"),
            other=self.text(value, path, "other"),
            roles=self.text(value, path, "roles"),
            role=self.text(value, path, "role") or "role",
        )

    def _elements(self, key: Key, value: Any, path: Path) -> list[Elements]:
        if isinstance(value, str):
            if not value.startswith("="):
                hint = f'a constant is written "={value}", a member {{to: {value or "number"}}}'
                self.report("CFG-133", f'"{value}" says neither what {key} must hold nor where it goes', path, hint)
                return []
            return [Elements(key=key, place=self.place(path), constants=tuple(value[1:].split("|")))]
        if not isinstance(value, dict):
            self.report("CFG-104", "an element is a constant or keys and values", path)
            return []
        self.known(value, path, _ELEMENT_KEYS)
        if "read" in value or "write" in value:
            return self._both_ways(key, value, path)
        return [self._element(key, value, path, "")]

    def _both_ways(self, key: Key, value: Mapping[str, Any], path: Path) -> list[Elements]:
        """`read:` and `write:` inside one entry, each with what it says."""
        found: list[Elements] = []
        if not value.get("why"):
            self.report("CFG-134", "reading and writing differ without a reason", path, "add `why:`")
        for direction in ("read", "write"):
            body = value.get(direction)
            if isinstance(body, str) and body.startswith("="):
                body = {"is": body[1:].split("|")}
            if isinstance(body, dict):
                self.known(body, (*path, direction), _ELEMENT_KEYS)
                shared = {name: each for name, each in value.items() if name not in {"read", "write"}}
                found.append(self._element(key, {**shared, **body}, (*path, direction), direction))
        return found

    def _element(self, key: Key, value: Mapping[str, Any], path: Path, direction: str) -> Elements:
        return Elements(
            key=key,
            place=self.place(path),
            constants=self.texts(value, path, "is"),
            to=self.text(value, path, "to"),
            verb=self.text(value, path, "as"),
            table=self.text(value, path, "table"),
            echo=self.text(value, path, "echo"),
            default=self.text(value, path, "default"),
            write_default=self.text(value, path, "write_default"),
            placeholder=self.text(value, path, "placeholder"),
            count=self.text(value, path, "count"),
            total=self.text(value, path, "sum"),
            fallback_for=self.text(value, path, "fallback_for"),
            from_agreement=self.text(value, path, "from_agreement"),
            members=self.text(value, path, "if_members"),
            beside=self.number(value, path, "beside"),
            wrap=self.number(value, path, "wrap"),
            use=self._use(value, path),
            only=self.texts(value, path, "only"),
            when=self.mapping(value, path, "when"),
            direction=direction,
            slots=self.mapping(value, path, "slots"),
            note=self.text(value, path, "note"),
            why=self.text(value, path, "why"),
            ignore=self.text(value, path, "ignore"),
        )

    def _chunk(self, body: Mapping[str, Any], path: Path) -> Chunk | None:
        value = body.get("chunk")
        if value is None:
            return None
        path = (*path, "chunk")
        if not isinstance(value, dict):
            self.report("CFG-104", "`chunk` is keys and values", path, "chunk: {from: 03, size: 2, times: 10}")
            return None
        self.known(value, path, ("from", "size", "times"))
        return Chunk(
            first=self.number(value, path, "from") or 1,
            size=self.number(value, path, "size") or 1,
            times=self.number(value, path, "times") or 1,
        )

    def _tests(self, value: Mapping[str, Any]) -> tuple[Mapping[str, str], ...]:
        tests = value.get("tests", [])
        if not isinstance(tests, list):
            self.report("CFG-104", "tests are a list", ("tests",))
            return ()
        for index, test in enumerate(tests):
            if isinstance(test, dict):
                self.known(test, ("tests", index), ("wire", "canonical", "note", "write"))
        return tuple(test for test in tests if isinstance(test, dict))

    def _use(self, value: Mapping[str, Any], path: Path) -> str:
        use = self.text(value, path, "use")
        if use and use not in {"M", "O", "C", "N"}:
            self.report(
                "CFG-105", f'use "{use}" is not one of M, O, C, N', (*path, "use"), "M mandatory, O or C optional, N not used"
            )
        return use

    def _direction(self, value: Mapping[str, Any], path: Path) -> str:
        direction = self.text(value, path, "direction")
        if direction and direction not in {"read", "write"}:
            self.report("CFG-105", f'"{direction}" is not one of read, write', (*path, "direction"))
        if direction and not value.get("why"):
            self.report("CFG-134", "reading and writing differ without a reason", (*path, "direction"), "add `why:`")
        return direction

    def key(self, name: str) -> Key | None:
        """The position an element key means, or None where it means none."""
        step = _STEP.fullmatch(name)
        if step:
            return Key(int(step[1]), int(step[1]), is_step=True)
        found = _KEY.fullmatch(name)
        if not found:
            return None
        first, component = int(found[1]), int(found[3] or 0)
        return Key(first, int(found[2] or first), component, int(found[4] or component))

    def known(self, value: Mapping[str, Any], path: Path, allowed: Iterable[str]) -> None:
        """Report the keys that the language does not know."""
        for name in value:
            if name not in allowed:
                self.report("CFG-102", f'unknown key "{name}"', (*path, name), did_you_mean(name, allowed), key=True)

    def text(self, value: Mapping[str, Any], path: Path, name: str, *, needed: bool = False) -> str:
        """A text member, empty where it is absent."""
        found: object = value.get(name, "")
        if not isinstance(found, str):
            self.report("CFG-104", f"`{name}` is text", (*path, name))
            return ""
        if needed and not found:
            self.report("CFG-101", f'key "{name}" is missing', path, "add it")
        return found

    def texts(self, value: Any, path: Path, name: str) -> tuple[str, ...]:
        """A list of texts; one text stands for a list of one."""
        found = value.get(name, []) if isinstance(value, dict) else []
        if isinstance(found, str):
            return (found,)
        if not isinstance(found, list) or not all(isinstance(each, str) for each in found):
            self.report("CFG-104", f"`{name}` is a list of words", (*path, name))
            return ()
        return tuple(found)

    def mapping(self, value: Mapping[str, Any], path: Path, name: str) -> dict[str, str]:
        """A mapping of texts."""
        found = value.get(name, {})
        if not isinstance(found, dict) or not all(isinstance(each, str) for each in found.values()):
            self.report("CFG-104", f"`{name}` is keys and words", (*path, name))
            return {}
        return dict(found)

    def number(self, value: Mapping[str, Any], path: Path, name: str) -> int:
        """A whole number, 0 where it is absent."""
        found = self.text(value, path, name)
        if found and not found.isdecimal():
            self.report("CFG-113", f'"{found}" is no whole number', (*path, name))
            return 0
        return int(found or 0)

    def flag(self, value: Mapping[str, Any], path: Path, name: str) -> bool:
        """A yes or no."""
        found = self.text(value, path, name)
        if found not in {"", "true", "false"}:
            self.report("CFG-113", f'"{found}" is not true or false', (*path, name))
        return found == "true"

    def _pairs(self, value: Any, path: Path) -> list[tuple[str, Any]]:
        if isinstance(value, dict):
            return list(value.items())
        self.report("CFG-104", "expected keys and values", path)
        return []

    def place(self, path: Path, *, key: bool = False) -> Place:
        """Where a path stands in the file."""
        line, column = self.document.place(path, key=key)
        return Place(self.document.file, line, column)

    def report(
        self, code: str, message: str, path: Path, hint: str = "", *, level: Severity = "error", key: bool = False
    ) -> None:
        """Add one diagnostic."""
        self.found.append(self.document.diagnostic(code, message, path, hint=hint, level=level, key=key))
