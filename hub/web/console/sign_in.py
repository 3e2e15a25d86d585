"""Signing in and out. Which of name and password was wrong is never said, nor whether a name exists."""

from __future__ import annotations

from hub.store.passwords import verify_password
from hub.web.console.pages import Moved, Shown, Visit
from hub.web.console.security import safe_target
from hub.web.console.words import span

WRONG = "The name or the password is wrong."
LONGEST_NAME = 64


def ask(visit: Visit) -> Shown | Moved:
    """The sign-in form; where nobody has an account yet, how to make the first."""
    target = safe_target(visit.asked("next"))
    if visit.user is not None:
        return Moved(to=target)
    with visit.hub.read() as view:
        has_users = view.users.any()
    return _form(target, has_users=has_users)


def sign_in(visit: Visit) -> Shown | Moved:
    """Check a name and its password; after the fifth wrong one, nobody may try the name for a while, which doubles."""
    name, password = visit.said("name").strip().lower()[:LONGEST_NAME], visit.said("password")
    target = safe_target(visit.said("next"))
    with visit.hub.read() as view:
        user, locked, has_users = view.users.find(name), view.users.locked_for(name), view.users.any()
    if locked:
        return _form(target, has_users=has_users, name=name, said=_later(locked), status=429)
    is_right = verify_password(None if user is None or user.disabled_at is not None else user.password_hash, password)
    if not is_right or user is None:
        with visit.hub.transaction() as tx:
            wait = tx.users.guessed_wrong(name)
            tx.audit.sign_in_refused(name, wait_seconds=wait // 1_000_000)
        said = f"{WRONG} {_later(wait)}" if wait else WRONG
        return _form(target, has_users=has_users, name=name, said=said, status=429 if wait else 401)
    with visit.hub.transaction() as tx:
        token = tx.sessions.begin(user.id, instead_of=visit.session)
        tx.users.signed_in(user)
        tx.audit.signed_in(user.id, actor=user.name)
    return Moved(to=target, session=token)


def sign_out(visit: Visit) -> Moved:
    """End this session."""
    with visit.hub.transaction() as tx:
        tx.sessions.end(visit.session)
    return Moved(to="/admin/sign-in", session="")


def _later(micros: int) -> str:
    return f"After several wrong tries this name has to wait: try again in {span(micros / 1_000_000 + 1)}."


def _form(target: str, *, has_users: bool, name: str = "", said: str = "", status: int = 200) -> Shown:
    values = {"target": target, "has_users": has_users, "name": name, "said": said}
    return Shown(template="sign_in.html", values=values, status=status)
