"""Serial shipping container codes: eighteen digits with a check digit, given out from a counter, none of them twice within a year.

The digits are extension, GS1 company prefix, serial and check digit (GS1 General Specifications 2.2.1 and 7.9). The counter is
advanced in a transaction of its own before any of its numbers stands anywhere: a number that was given out and not used is lost,
never given out again.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from hub.errors import Refused
from hub.flow.hub import Hub
from hub.model import Package
from hub.routing.hub_file import Sscc
from hub.store.transaction import Transaction

LENGTH = 18
_TRIES = 1000
"""How many numbers in a row may be found in use before the whole range counts as used up."""


def check_digit(digits: str) -> str:
    """The GS1 modulo 10 digit behind `digits`: weights 3 and 1 from the right."""
    total = sum(int(digit) * (3 if place % 2 == 0 else 1) for place, digit in enumerate(reversed(digits)))
    return str(-total % 10)


def is_sscc(text: str) -> bool:
    """Whether it is eighteen digits of which the last one fits."""
    return len(text) == LENGTH and text.isascii() and text.isdigit() and check_digit(text[:-1]) == text[-1]


def demand_sound(packages: Iterable[Package]) -> None:
    """Refuse a package whose SSCC cannot be one, or that stands on two packages; raises `Refused` BUS-383."""
    seen: set[str] = set()
    for place, package in enumerate(packages, 1):
        name = f"package {package.id or place}"
        for code in (package.sscc, package.sscc_to):
            if code is not None and not is_sscc(code):
                raise Refused(f"{name}: {code[:24]} is no SSCC", _cure(code), code="BUS-383")
        if package.sscc is not None and package.sscc in seen:
            raise Refused(f"{name}: SSCC {package.sscc} stands on two packages", "each package has its own", code="BUS-383")
        seen.add(package.sscc or "")


def _cure(code: str) -> str:
    if len(code) == LENGTH and code.isascii() and code.isdigit():
        return f"its check digit should be {check_digit(code[:-1])}"
    return "eighteen digits, without the application identifier 00"


def allocate(hub: Hub, count: int) -> list[str]:
    """So many new numbers, in a transaction of its own; none where the site has no `[sscc]`.

    Raises `Refused` BUS-384 when the range is used up: every number of it was given out within the year.
    """
    settings = hub.site.file.sscc
    if settings is None or not count:
        return []
    with hub.transaction() as tx:
        return take(tx, settings, count)


def take(tx: Transaction, settings: Sscc, count: int) -> list[str]:
    """So many numbers inside a transaction; numbers in use within the last year are passed over."""
    width = LENGTH - 2 - len(settings.prefix)
    scope = f"sscc:{settings.extension}{settings.prefix}"
    taken: list[str] = []
    passed = 0
    while len(taken) < count:
        serial = tx.numbers.take(scope, first=0, last=10**width - 1)
        body = f"{settings.extension}{settings.prefix}{serial:0{width}}"
        code = body + check_digit(body)
        if code in taken or passed > _TRIES:
            raise Refused(
                f"every SSCC of prefix {settings.prefix} was given out within the year",
                "set another extension digit, or a prefix of your own with more room, in hub.toml under [sscc]",
                code="BUS-384",
            )
        if tx.units.is_used(code):
            passed += 1
            continue
        taken.append(code)
    return taken


def numbers_of(packages: Sequence[Package]) -> list[str]:
    """The SSCC of the packages that have one."""
    return [package.sscc for package in packages if package.sscc]
