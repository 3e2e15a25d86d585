"""Which message specification a message is checked against: the carried releases, read once from `schemas/**`.

A release is a folder (`schemas/x12/004010`, `schemas/edifact/D96A`). A release that is not carried is served by its nearest
neighbour, leniently (`MessageSpec.exact` is False): partners send 003010 to 008060 and D.93A to D.24B.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path
from typing import Literal

from hub.edi.profile import read_profile
from hub.edi.schema_text import read_codes, read_composites, read_elements, read_names, read_segments, read_structure, read_tags
from hub.edi.structure import CodeList, Condition, ElementSpec, MessageSpec, Node, SegmentSpec
from hub.edi.tree import Standard
from hub.stock import stock_root

__all__ = [
    "CodeList",
    "Condition",
    "ElementSpec",
    "MessageSpec",
    "Node",
    "SegmentSpec",
    "carried_releases",
    "message_spec",
    "nearest_release",
    "segment_spec",
]

Fit = Literal["exact", "nearest"]

X12_RELEASES = ("004010", "005010")
EDIFACT_RELEASES = ("D96A", "D01B")

_CONTRL_RELEASES = {"22": "S3", "D3": "S3", "41": "S4"}
"""The directories of CONTRL: S3 for syntax versions 1 to 3, S4 for 4."""


@dataclass(frozen=True, slots=True)
class Release:
    """Segments of one release, the further tags of its standard, and the folders its messages are in."""

    segments: dict[str, SegmentSpec]
    tags: frozenset[str]
    folders: tuple[Path, ...]


def carried_releases(standard: Standard) -> tuple[str, ...]:
    """The releases with a dictionary of their own, oldest first."""
    return X12_RELEASES if standard == "x12" else EDIFACT_RELEASES


@lru_cache(maxsize=1024)
def nearest_release(standard: Standard, version: str) -> tuple[str, bool]:
    """The carried release that serves `version`, and whether it is that very release.

    X12: the first six digits of GS08 count, what follows is an industry's suffix (004010VICS); 4010 and 00401 are 004010. EDIFACT: 0052 and 0054 in any
    spelling (D96A, D.96A, D:96A); years from 98 on lie with D01B.
    """
    if standard == "x12":
        digits = re.match(r"\s*(\d{4,6})", version)
        if digits is None:
            return X12_RELEASES[0], False
        number = (digits[1] + "0" if len(digits[1]) == 5 else digits[1]).zfill(6)
        release = "004010" if number < "005010" else "005010"
        return release, number == release
    plain = _plain(version)
    if plain in EDIFACT_RELEASES:
        return plain, True
    year = re.search(r"(\d\d)[A-Z]$", plain)
    if year is None:
        return EDIFACT_RELEASES[0], False
    is_early = "90" <= year[1] <= "97"
    return EDIFACT_RELEASES[0 if is_early else 1], False


def _plain(version: str) -> str:
    return re.sub(r"[^0-9A-Z]", "", version.upper())


def _release_of(standard: Standard, message_type: str, version: str) -> tuple[str, bool]:
    """As `nearest_release`, with CONTRL in the directory of its syntax version."""
    if message_type != "CONTRL":
        return nearest_release(standard, version)
    plain = _plain(version)
    return _CONTRL_RELEASES.get(plain, "S4" if plain.startswith("4") else "S3"), plain in _CONTRL_RELEASES


def segment_spec(standard: Standard, tag: str, version: str) -> SegmentSpec | None:
    """A segment that stands in no message: TA1; the service segments of EDIFACT by syntax version (`3`, `4`)."""
    release = nearest_release(standard, version)[0] if standard == "x12" else ("S4" if version >= "4" else "S3")
    return _release(standard, release, ()).segments.get(tag)


def _roots(roots: tuple[Path, ...]) -> tuple[Path, ...]:
    return (*roots, stock_root() / "schemas")


def _first(folders: tuple[Path, ...], name: str) -> Path | None:
    return next((path for folder in folders if (path := folder / name).is_file()), None)


@lru_cache(maxsize=32)
def _release(standard: Standard, release: str, roots: tuple[Path, ...]) -> Release:
    """One release; a file of a site's folder stands in for the shipped file of the same name."""
    tops = tuple(root / standard for root in _roots(roots))
    folders = tuple(top / release for top in tops)
    names_file, codes_file = _first(tops, "names.txt"), _first((*folders, *tops), "codes.txt")
    names = read_names(names_file) if names_file else {}
    codes = read_codes(codes_file) if codes_file else {}
    elements_file, segments_file = _first(folders, "elements.txt"), _first(folders, "segments.txt")
    tags_file = _first(tops, "tags.txt")
    tags = read_tags(tags_file) if tags_file else frozenset()
    if elements_file is None or segments_file is None:
        return Release({}, tags, folders)
    known = read_elements(elements_file, names, codes)
    composites_file = _first(folders, "composites.txt")
    if composites_file is not None:
        known.update(read_composites(composites_file, names, known))
    return Release(read_segments(segments_file, names, known), tags, folders)


def message_spec(
    standard: Standard, message_type: str, version: str, association: str = "", *, roots: tuple[Path, ...] = ()
) -> MessageSpec | None:
    """The specification of a message, or None when its type is carried in no release.

    `version` is GS08 (X12) or 0052 and 0054 (EDIFACT); `roots` are a site's own `schemas` folders, which win over the shipped
    ones. Cached: the same arguments give the same value. Raises `ConfigError` for a schema file that is not in its form.
    """
    return _message_spec(standard, message_type, version, association.strip().upper(), roots)


@lru_cache(maxsize=1024)
def _message_spec(
    standard: Standard, message_type: str, version: str, association: str, roots: tuple[Path, ...]
) -> MessageSpec | None:
    # a site that brings no schemas shares the shipped ones with every other
    roots = tuple(root for root in roots if (root / standard).is_dir())
    release, is_exact = _release_of(standard, message_type, version)
    spec = _carried(standard, message_type, release, "exact" if is_exact else "nearest", roots)
    if spec is None or not association or not is_exact:
        return spec
    # An association numbers its editions (EAN008, EAN010); a folder of its letters serves those without one of their own.
    for name in (association, association.rstrip("0123456789")):
        path = _first(_release(standard, release, roots).folders, f"{name}/{message_type}.txt") if name.isalnum() else None
        if path is not None:
            return replace(spec, profile=read_profile(path, association, spec.nodes))
    return spec


@lru_cache(maxsize=128)
def _carried(standard: Standard, message_type: str, release: str, fit: Fit, roots: tuple[Path, ...]) -> MessageSpec | None:
    if not re.fullmatch(r"[A-Z0-9]{1,6}", message_type):
        return None
    content = _release(standard, release, roots)
    path = _first(content.folders, f"messages/{message_type}.txt")
    if path is None:
        return None
    heads, nodes = read_structure(path, content.segments)
    return MessageSpec(
        standard=standard,
        type=message_type,
        release=release,
        name=heads.get("name", message_type),
        group=heads.get("group", ""),
        nodes=nodes,
        segments=content.segments,
        tags=content.tags,
        exact=fit == "exact",
    )
