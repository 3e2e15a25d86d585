"""Conditions on numbers agree with exact rational arithmetic, and with the laws of and, or and not."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction

from hypothesis import given, settings
from hypothesis import strategies as st

from hub.routing.conditions import AllOf, AnyOf, Comparison, Not, holds, typed

NUMBERS = st.decimals(allow_nan=False, allow_infinity=False, places=8, min_value=-(10**12), max_value=10**12)
RELATIONS = {
    "equals": lambda a, b: a == b,
    "differs": lambda a, b: a != b,
    "above": lambda a, b: a > b,
    "at_least": lambda a, b: a >= b,
    "below": lambda a, b: a < b,
    "at_most": lambda a, b: a <= b,
}
TESTS = st.builds(
    lambda operator, operand: Comparison("x", operator, "number", (operand,)), st.sampled_from(sorted(RELATIONS)), NUMBERS
)
CONDITIONS = st.recursive(
    TESTS,
    lambda inner: st.one_of(
        st.lists(inner, min_size=1, max_size=3).map(lambda parts: AllOf(tuple(parts))),
        st.lists(inner, min_size=1, max_size=3).map(lambda parts: AnyOf(tuple(parts))),
        inner.map(Not),
    ),
    max_leaves=8,
)


@given(NUMBERS, NUMBERS, st.sampled_from(sorted(RELATIONS)))
@settings(deadline=None)
def test_comparisons_agree_with_rational_numbers(left: Decimal, right: Decimal, operator: str) -> None:
    expected = RELATIONS[operator](Fraction(left), Fraction(right))
    test = Comparison("x", operator, "number", (typed(str(format(right, "f")), "number"),))
    assert holds(test, {"x": left}) is expected
    assert holds(test, {"x": format(left, "f")}) is expected


@given(NUMBERS, st.integers(0, 12))
@settings(deadline=None)
def test_trailing_zeros_do_not_matter(number: Decimal, zeros: int) -> None:
    padded = format(number, "f") + "0" * zeros
    assert holds(Comparison("x", "equals", "number", (typed(padded, "number"),)), {"x": number})


@given(CONDITIONS, CONDITIONS, NUMBERS)
@settings(deadline=None)
def test_and_or_and_not_obey_de_morgan(one, other, number: Decimal) -> None:
    facts = {"x": number}
    assert holds(Not(AllOf((one, other))), facts) is holds(AnyOf((Not(one), Not(other))), facts)
    assert holds(Not(AnyOf((one, other))), facts) is holds(AllOf((Not(one), Not(other))), facts)
    assert holds(Not(Not(one)), facts) is holds(one, facts)


@given(CONDITIONS)
@settings(deadline=None)
def test_an_absent_field_makes_every_comparison_false(condition) -> None:
    def expected(part) -> bool:
        if isinstance(part, AllOf):
            return all(map(expected, part.parts))
        if isinstance(part, AnyOf):
            return any(map(expected, part.parts))
        return not expected(part.part) if isinstance(part, Not) else False

    assert holds(condition, {}) is expected(condition)
