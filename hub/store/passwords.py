"""Passwords of people: argon2id hashes (RFC 9106), never anything that could be turned back."""

from __future__ import annotations

from functools import cache

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from hub.errors import Refused

SHORTEST, LONGEST = 12, 256
_hasher = PasswordHasher(time_cost=3, memory_cost=64 * 1024, parallelism=1)


def hash_password(password: str, *, name: str) -> str:
    """The hash of a new password; raises `Refused` for one that is too easy to guess."""
    if not SHORTEST <= len(password) <= LONGEST:
        raise Refused(f"a password has {SHORTEST} to {LONGEST} characters", "several words in a row are easy to keep in mind")
    if name.lower() in password.lower() or len(set(password)) < 5:
        raise Refused("this password is too easy to guess", "take several words that have nothing to do with the name")
    return _hasher.hash(password)


def verify_password(expected: str | None, password: str) -> bool:
    """Whether it is the password of this hash. Takes about as long where there is no hash: nobody learns which names exist."""
    try:
        is_right = _hasher.verify(expected or _nobody(), password[:LONGEST])
    except (VerificationError, InvalidHashError):
        return False
    return is_right and expected is not None


@cache
def _nobody() -> str:
    return _hasher.hash("the password of nobody")
