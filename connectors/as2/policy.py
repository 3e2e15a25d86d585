"""Which algorithms and protections a partner must use at least, and what a dated exception lets pass for a while."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Final

from connectors.as2.faults import Fault

#: refused unless a dated exception says otherwise; `rsa_1024` stands for any RSA key under 2048 bits (and of 1024 or more)
WEAK: Final = frozenset({"md5", "sha1", "3des_cbc", "rsa_1024"})
MINIMUM_BITS: Final = 2048


@dataclass(frozen=True, slots=True)
class DatedException:
    """A weak algorithm that a partner may use until the end of a day."""

    algorithm: str
    until: date


@dataclass(frozen=True, slots=True)
class Policy:
    """The minimum for one direction. What is used beyond it is fine; what is below it is refused."""

    signed: bool = True
    encrypted: bool = True
    exceptions: tuple[DatedException, ...] = field(default=())

    def excuses(self, algorithm: str, at: datetime) -> bool:
        """Whether an exception for it is in force."""
        return any(e.algorithm == algorithm and at.date() <= e.until for e in self.exceptions)

    def excused(self, at: datetime) -> frozenset[str]:
        """Every algorithm that an exception in force lets pass."""
        return frozenset([e.algorithm for e in self.exceptions if at.date() <= e.until]) if self.exceptions else frozenset()

    def check(self, algorithm: str, at: datetime) -> str | None:
        """Refuse a weak algorithm; returns its name where an exception let it pass, None where it is strong."""
        if algorithm not in WEAK:
            return None
        if not self.excuses(algorithm, at):
            raise Fault("AS2-107", detail={"weak": algorithm})
        return algorithm

    def check_key(self, bits: int, at: datetime) -> str | None:
        """Refuse an RSA key under 2048 bits."""
        if bits >= MINIMUM_BITS:
            return None
        if bits < 1024 or not self.excuses("rsa_1024", at):
            raise Fault("AS2-107", detail={"weak": f"RSA of {bits} bits"})
        return "rsa_1024"
