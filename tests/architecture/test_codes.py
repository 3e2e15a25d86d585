"""Stable codes: one family per prefix, one area per code, and every refusal of ours has a code of its own."""

from __future__ import annotations

import ast
import importlib
import pkgutil
import re
from collections import defaultdict
from collections.abc import Iterator

import hub
from hub.errors import HubError

FAMILIES = "EDI|MAP|BUS|RTE|DLV|CFG|AS2|SEC|HUB|ALT"
CODE = re.compile(rf"(?:{FAMILIES})-\d{{3}}")

# Codes that several areas say because they mean one thing wherever it happens.
SHARED = {
    r"CFG-1\d\d": "the shape of any file a person writes",
    r"HUB-\d\d\d": "answers of the hub itself, the same at every edge",
    r"DLV-\d\d\d": "what became of a delivery, over whichever connector",
    r"SEC-\d\d\d": "who may do what, at every edge",
    r"EDI-(001|1\d\d)": "an envelope that is wrong, said by the exception and by the finding",
    r"RTE-30\d": "no agreement for an envelope, found by the directory and asked about by the flow",
}


def texts(sources) -> Iterator[tuple[str, str]]:
    """Every text literal with the file it stands in."""
    for source in sources:
        for node in source.nodes:
            if isinstance(node, ast.Constant) and isinstance(node.value, str):
                yield source.name, node.value


def test_a_code_belongs_to_one_area(sources) -> None:
    areas: dict[str, set[str]] = defaultdict(set)
    for name, text in texts(sources):
        if CODE.fullmatch(text):
            areas[text].add("/".join(name.split("/")[:2]))
    shared = re.compile("|".join(SHARED))
    assert {code: sorted(where) for code, where in areas.items() if len(where) > 1 and not shared.fullmatch(code)} == {}


def test_what_looks_like_a_code_is_of_a_known_family(sources) -> None:
    lookalike = re.compile(r"[A-Z]{2,4}[0-9]?-\d{3}")
    others = re.compile(r"(SHA|AES|RSA|DES|RFC|ISO|UTF|CP|MD)\d?-\d+")
    strays = [(name, text) for name, text in texts(sources) if lookalike.fullmatch(text) and not others.fullmatch(text)]
    assert [stray for stray in strays if not CODE.fullmatch(stray[1])] == []


def test_every_class_of_refusal_has_a_code_of_its_own() -> None:
    for module in pkgutil.walk_packages(hub.__path__, "hub."):
        if not module.name.startswith(("hub.store.migrations", "hub.cli.__main__", "hub.__main__", "hub.testing", "hub.bench")):
            importlib.import_module(module.name)
    by_code = defaultdict(list)
    waiting = [HubError]
    while waiting:
        kind = waiting.pop()
        waiting += kind.__subclasses__()
        if kind.__module__.startswith("hub.") and "code" in vars(kind):
            by_code[kind.code].append(kind.__qualname__)
    assert {code: kinds for code, kinds in by_code.items() if len(kinds) > 1} == {}
    assert all(CODE.fullmatch(code) for code in by_code)
