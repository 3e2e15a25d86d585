"""People of the console: names, passwords, guesses and sessions, on both databases."""

import pytest

from hub.errors import Conflict, NotFound, Refused
from hub.store.passwords import hash_password, verify_password
from hub.store.sessions import IDLE, LONGEST
from hub.store.users import FREE_GUESSES, LONGEST_WAIT, SHORTEST_WAIT


def test_a_password_is_kept_as_argon2id_with_a_salt_of_its_own():
    first, second = (hash_password("four words in a row", name="ana") for _ in range(2))
    assert first.startswith("$argon2id$")
    assert first != second
    assert verify_password(first, "four words in a row")
    assert not verify_password(first, "four words in a ro")
    assert not verify_password(None, "the password of nobody")
    assert not verify_password("not a hash", "x")


@pytest.mark.parametrize("password", ["short", "a" * 300, "aaaaaaaaaaaaaaaa", "i am ana, let me in"])
def test_an_easy_password_is_refused(password):
    with pytest.raises(Refused):
        hash_password(password, name="Ana")


@pytest.mark.parametrize("name", ["", " ", "-x", "a b", "ана", "x" * 65, "a\n"])
def test_a_name_that_could_be_mistaken_is_refused(database, name):
    if name == "a\n":
        name = "a\nb"
    with pytest.raises(Refused), database.transaction() as tx:
        tx.users.create(name, role="viewer", password_hash="x")


def test_names_do_not_differ_by_their_case_and_are_taken_once(database):
    with database.transaction() as tx:
        tx.users.create("Ana", role="viewer", password_hash="x")
    with pytest.raises(Conflict), database.transaction() as tx:
        tx.users.create("ANA", role="viewer", password_hash="x")
    with pytest.raises(Refused, match="no such role"), database.transaction() as tx:
        tx.users.create("bob", role="root", password_hash="x")
    with pytest.raises(NotFound), database.transaction() as tx:
        tx.users.disable("nobody")


def test_a_session_ends_by_rest_and_by_age_and_only_its_hash_is_stored(database, clock):
    with database.transaction() as tx:
        user = tx.users.create("ana", role="viewer", password_hash="x")
        token = tx.sessions.begin(user.id)
    half = IDLE / 1_000_000 / 2
    for _ in range(int(LONGEST / IDLE * 2)):
        clock.forward(seconds=half)
        with database.transaction() as tx:
            assert tx.sessions.find(token) == (user.id, True)
            assert token not in str(tx.connection.exec_driver_sql("select * from console_session").all())
            tx.sessions.seen(token)
    clock.forward(seconds=1)
    with database.read() as view:
        assert view.sessions.find(token) is None  # it was never at rest, and is too old
    with database.transaction() as tx:
        fresh = tx.sessions.begin(user.id, instead_of=token)
    clock.forward(seconds=IDLE / 1_000_000 + 1)
    with database.read() as view:
        assert view.sessions.find(fresh) is None


def test_a_new_password_or_a_switched_off_account_ends_every_session(database):
    with database.transaction() as tx:
        user = tx.users.create("ana", role="viewer", password_hash="x")
        tokens = [tx.sessions.begin(user.id) for _ in range(2)]
        tx.users.set_password("ana", "y")
        assert [tx.sessions.find(token) for token in tokens] == [None, None]
        token = tx.sessions.begin(user.id)
        tx.users.disable("ana")
        assert tx.sessions.find(token) is None
        assert not tx.users.any()
        tx.users.set_password("ana", "z")
        assert tx.users.any()


def test_the_wait_doubles_and_has_an_end_and_is_forgotten(database, clock):
    with database.transaction() as tx:
        waits = [tx.users.guessed_wrong("ana") for _ in range(FREE_GUESSES + 8)]
        assert waits[: FREE_GUESSES - 1] == [0] * (FREE_GUESSES - 1)
        assert waits[FREE_GUESSES - 1 : FREE_GUESSES + 1] == [SHORTEST_WAIT, 2 * SHORTEST_WAIT]
        assert waits[-1] == LONGEST_WAIT == tx.users.locked_for("ana")
        assert tx.users.locked_for("bob") == 0
    clock.forward(seconds=LONGEST_WAIT / 1_000_000)
    with database.transaction() as tx:
        assert tx.users.locked_for("ana") == 0
    clock.forward(days=1)
    with database.transaction() as tx:
        assert tx.users.guessed_wrong("ana") == 0


def test_roles_contain_one_another(database):
    with database.transaction() as tx:
        people = {role: tx.users.create(role, role=role, password_hash="x") for role in ("viewer", "operator", "admin")}
    assert [people["viewer"].may(role) for role in people] == [True, False, False]
    assert [people["operator"].may(role) for role in people] == [True, True, False]
    assert all(people["admin"].may(role) for role in people)
