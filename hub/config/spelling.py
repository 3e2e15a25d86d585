"""The nearest known word to one that is not known."""

from __future__ import annotations

from collections.abc import Iterable
from difflib import get_close_matches

LISTED = 8


def did_you_mean(word: str, known: Iterable[str]) -> str:
    """A hint for an unknown word: the nearest known one, or the known ones where none is near."""
    words = sorted({str(each) for each in known})
    by_folded = {each.casefold().replace("-", "_"): each for each in reversed(words)}
    near = get_close_matches(word.casefold().replace("-", "_"), by_folded, n=1, cutoff=0.6)
    if near:
        return f'did you mean "{by_folded[near[0]]}"?'
    if not words:
        return "there are none"
    more = ", ..." if len(words) > LISTED else ""
    return f"known: {', '.join(words[:LISTED])}{more}"
