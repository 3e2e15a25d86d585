"""Amounts of one currency: how they are rounded, and whether one that was given is the one that follows."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal, localcontext

from hub.errors import Refused
from hub.flow.orders.matrix import plain

ZERO = Decimal(0)
_WITHOUT_MINOR_UNIT = frozenset(
    {"BIF", "CLP", "DJF", "GNF", "ISK", "JPY", "KMF", "KRW", "PYG", "RWF", "UGX", "UYI", "VND", "VUV", "XAF", "XOF", "XPF"}
)
_THOUSANDTHS = frozenset({"BHD", "IQD", "JOD", "KWD", "LYD", "OMR", "TND"})


@dataclass(frozen=True, slots=True)
class Money:
    """Amounts of one currency; `tolerance` is how far an amount that was given may be from ours."""

    currency: str | None
    tolerance: Decimal = ZERO

    def round(self, value: Decimal) -> Decimal:
        """To the minor unit, half up."""
        with localcontext() as context:
            context.prec = 60
            return value.quantize(self.smallest, rounding=ROUND_HALF_UP)

    @property
    def smallest(self) -> Decimal:
        """The minor unit (ISO 4217)."""
        if self.currency in _WITHOUT_MINOR_UNIT:
            return Decimal(1)
        return Decimal("0.001") if self.currency in _THOUSANDTHS else Decimal("0.01")

    def settled(
        self, given: Decimal | None, computed: Decimal, what: str, *, how: str = "", is_rounded: bool = False
    ) -> Decimal:
        """The given amount where it holds, the computed one where none was given; raises `Refused` BUS-390.

        With `is_rounded` it is the product of a rounding, and may be off by the tolerance; a sum may not.
        """
        if given is None:
            return computed
        most = self.tolerance if is_rounded else ZERO
        if abs(given - computed) > most:
            message = f"{what} is {plain(given)}, it should be {plain(computed)}{how and f' ({how})'}"
            hint = "correct it, or leave it out and it is computed"
            raise Refused(message, hint, code="BUS-390", detail={"given": str(given), "computed": str(computed)})
        if given != self.round(given):
            message = f"{what} is {plain(given)}, which has more decimals than {self.currency or 'the currency'}"
            raise Refused(message, "round it", code="BUS-390")
        return self.round(given)
