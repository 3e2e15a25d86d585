"""Secrets at rest: sealed, bound to their names, opened by the right key only, shown nowhere."""

import io
import json
import logging
import os
import stat
import sys
import traceback
from concurrent.futures import ThreadPoolExecutor
from types import SimpleNamespace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub.cli.frame import run
from hub.errors import HubError, NotFound
from hub.secrets import Vault, load_keyring, resolve
from hub.secrets.keyring import Keyring, NoMasterKey, write_keyring
from hub.secrets.private_file import OpenToOthers, Unreadable, is_open_to_others
from hub.secrets.seal import SealBroken, Sealed, new_master_key, read_master_key, seal, unseal
from hub.secrets.vault import BadSecret, VaultDamaged

CANARY = "canary-7f3a9-do-not-show"
PEM = "-----BEGIN PRIVATE KEY-----\nMIGHAgEAMBMGByqGSM49canary\n-----END PRIVATE KEY-----"


@pytest.fixture
def vault(tmp_path):
    return Vault(tmp_path)


def every_byte(folder):
    return b"".join(path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file())


def test_a_secret_comes_back_and_nothing_of_it_lies_on_the_disk(vault, tmp_path):
    vault.put("acme-sftp", CANARY)
    vault.put("acme-key", PEM)
    assert (vault.get("acme-sftp"), vault.get("acme-key")) == (CANARY, PEM)
    raw = every_byte(tmp_path)
    for trace in (CANARY, "canary", "PRIVATE KEY", CANARY.encode().hex(), "Y2FuYXJ5"):
        assert trace.encode() not in raw


def test_the_files_belong_to_the_hubs_user_alone(vault, tmp_path):
    vault.put("a", CANARY)
    modes = {path.name: stat.S_IMODE(path.stat().st_mode) for path in (tmp_path / "keys").iterdir()}
    assert modes == {"master.key": 0o600, "secrets.json": 0o600, "secrets.lock": 0o600}


@pytest.mark.parametrize("name", ["master.key", "secrets.json"])
def test_a_file_that_others_may_read_is_refused_with_the_cure(vault, tmp_path, name):
    vault.put("a", CANARY)
    (tmp_path / "keys" / name).chmod(0o640)
    with pytest.raises(OpenToOthers) as refused:
        vault.get("a")
    assert "chmod 600" in refused.value.hint


def test_files_that_a_cluster_mounts_are_read_links_and_all(vault, tmp_path, monkeypatch):
    vault.put("a", CANARY)
    keys = tmp_path / "keys"
    (keys / "..data").mkdir()
    for name in ("master.key", "secrets.json"):
        (keys / name).rename(keys / "..data" / name)
        (keys / name).symlink_to(f"..data/{name}")
    assert vault.get("a") == CANARY
    # root's, readable by the group of a user without rights, as Kubernetes mounts a secret under `fsGroup`
    for mode, uid, is_open in ((0o440, 0, False), (0o640, 0, False), (0o444, 0, True), (0o660, 0, True), (0o440, 10001, True)):
        monkeypatch.setattr("os.geteuid", lambda: 10001)
        state = os.stat_result((0o100000 | mode, 1, 1, 1, uid, 10001, 1, 0, 0, 0))
        assert is_open_to_others(state) is is_open
    monkeypatch.setattr("os.geteuid", lambda: 0)
    assert is_open_to_others(os.stat_result((0o100440, 1, 1, 1, 0, 0, 1, 0, 0, 0)))


def test_a_file_that_cannot_be_opened_is_named_with_the_cure(vault, tmp_path):
    vault.put("a", CANARY)
    key = tmp_path / "keys" / "master.key"
    key.unlink()
    key.symlink_to("master.key")
    with pytest.raises(Unreadable) as refused:
        vault.get("a")
    assert str(key) in refused.value.message


def test_a_changed_a_moved_and_a_foreign_secret_do_not_open(vault, tmp_path):
    vault.put("a", CANARY)
    vault.put("b", "other")
    path = tmp_path / "keys" / "secrets.json"
    content = json.loads(path.read_text())

    def broken(change):
        changed = json.loads(json.dumps(content))
        change(changed["secrets"])
        path.write_text(json.dumps(changed))
        with pytest.raises(SealBroken):
            vault.get("a")

    broken(lambda secrets: secrets["a"].update(secrets["b"]))
    broken(lambda secrets: secrets["a"].update(ciphertext=secrets["b"]["ciphertext"]))
    broken(lambda secrets: secrets["a"].update(wrapped_key=secrets["b"]["wrapped_key"]))
    broken(lambda secrets: secrets["a"].update(ciphertext="AAAA"))
    broken(lambda secrets: secrets["a"].update(ciphertext="no base64!"))


@given(st.text(min_size=1, max_size=200), st.integers(0, 10_000))
def test_any_text_survives_and_any_flipped_bit_is_noticed(secret, position):
    master = new_master_key()
    sealed = seal("name", secret, master)
    assert unseal("name", sealed, master) == secret
    text = sealed.ciphertext
    at = position % len(text.rstrip("="))
    other = "B" if text[at] == "A" else "A"
    changed = Sealed(key_id=sealed.key_id, wrapped_key=sealed.wrapped_key, ciphertext=text[:at] + other + text[at + 1 :])
    try:
        assert unseal("name", changed, master) == secret, "only bits that base64 ignores may change unnoticed"
    except SealBroken:
        return


def test_two_seals_of_one_secret_differ():
    master = new_master_key()
    one, other = (seal("a", CANARY, master) for _ in range(2))
    assert one.ciphertext != other.ciphertext
    assert one.wrapped_key != other.wrapped_key


def test_the_environments_master_key_opens_and_makes_no_file(tmp_path, monkeypatch):
    monkeypatch.setenv("EDIHUB_MASTER_KEY", new_master_key().text)
    Vault(tmp_path).put("a", CANARY)
    assert not (tmp_path / "keys" / "master.key").exists()
    assert Vault(tmp_path).get("a") == CANARY
    monkeypatch.delenv("EDIHUB_MASTER_KEY")
    with pytest.raises(NoMasterKey):
        Vault(tmp_path).get("a")
    monkeypatch.setenv("EDIHUB_MASTER_KEY", new_master_key().text)
    with pytest.raises(NoMasterKey, match="is not here"):
        Vault(tmp_path).get("a")


@pytest.mark.parametrize("text", ["short", "not base64 !!", "QUJD"])
def test_a_master_key_that_is_none_is_named_without_showing_it(tmp_path, monkeypatch, text):
    monkeypatch.setenv("EDIHUB_MASTER_KEY", text)
    with pytest.raises(NoMasterKey) as refused:
        load_keyring(tmp_path)
    assert text not in refused.value.message
    assert refused.value.__cause__ is None


def test_rotation_of_the_file_seals_everything_anew_and_forgets_the_old_key(vault, tmp_path):
    for number in range(3):
        vault.put(f"s{number}", f"{CANARY}{number}")
    old_key = (tmp_path / "keys" / "master.key").read_text()
    before = every_byte(tmp_path)
    key_id, count = vault.rotate()
    assert count == 3
    assert [vault.get(f"s{number}") for number in range(3)] == [f"{CANARY}{number}" for number in range(3)]
    assert {each.key_id for each in vault.list()} == {key_id}
    assert old_key.strip() not in (tmp_path / "keys" / "master.key").read_text()
    assert every_byte(tmp_path) != before


def test_rotation_of_the_environment_takes_two_keys_for_a_while(tmp_path, monkeypatch):
    old, new = new_master_key(), new_master_key()
    monkeypatch.setenv("EDIHUB_MASTER_KEY", old.text)
    vault = Vault(tmp_path)
    vault.put("a", CANARY)
    monkeypatch.setenv("EDIHUB_MASTER_KEY", f"{new.text},{old.text}")
    assert vault.get("a") == CANARY
    assert vault.rotate() == (new.id, 1)
    monkeypatch.setenv("EDIHUB_MASTER_KEY", new.text)
    assert vault.get("a") == CANARY


@pytest.mark.parametrize("step", [1, 2, 3])
def test_a_crash_at_any_step_of_a_rotation_leaves_every_secret_readable(vault, tmp_path, monkeypatch, step):
    vault.put("a", CANARY)
    import hub.secrets.keyring
    import hub.secrets.vault

    writes = 0
    real = hub.secrets.vault.write_private

    def dying(path, text):
        nonlocal writes
        writes += 1
        if writes == step:
            raise KeyboardInterrupt
        real(path, text)

    for module in (hub.secrets.vault, hub.secrets.keyring):
        monkeypatch.setattr(module, "write_private", dying)
    with pytest.raises(KeyboardInterrupt):
        vault.rotate()
    monkeypatch.undo()
    assert Vault(tmp_path).get("a") == CANARY
    Vault(tmp_path).rotate()
    assert Vault(tmp_path).get("a") == CANARY


def test_writers_at_the_same_time_lose_nothing(tmp_path):
    Vault(tmp_path).put("first", CANARY)
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda number: Vault(tmp_path).put(f"s{number}", str(number) + "x"), range(24)))
    assert len(Vault(tmp_path).list()) == 25
    assert [path.name for path in (tmp_path / "keys").iterdir() if path.name.startswith(".")] == []


@pytest.mark.parametrize("name", ["", "../x", "a b", ".hidden", "a/b", "x" * 101, "n\u00e4me", "a\n"])
def test_a_name_that_is_none_is_refused(vault, name):
    with pytest.raises(BadSecret):
        vault.put(name, CANARY)


def test_an_empty_or_huge_secret_is_refused_without_showing_it(vault):
    for secret in ("", CANARY * 100_000):
        with pytest.raises(BadSecret) as refused:
            vault.put("a", secret)
        assert "canary" not in refused.value.message + refused.value.hint


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"format": 2, "secrets": {}}', '{"format": 1, "secrets": {"a": 1}}', "\x00"])
def test_a_damaged_file_is_named_and_never_written_over(vault, tmp_path, text):
    vault.put("a", CANARY)
    path = tmp_path / "keys" / "secrets.json"
    path.write_text(text)
    for use in (lambda: vault.get("a"), lambda: vault.put("b", "x"), vault.list, vault.rotate):
        with pytest.raises(VaultDamaged):
            use()
    assert path.read_text() == text


def test_references_of_each_kind_are_resolved(tmp_path, monkeypatch):
    Vault(tmp_path).put("acme", CANARY)
    (tmp_path / "keys" / "plain").write_text("from a file\n")
    monkeypatch.setenv("HUB_TEST_SECRET", "from the environment")
    assert resolve("secret:acme", tmp_path) == CANARY
    assert resolve("file:keys/plain", tmp_path) == "from a file"
    assert resolve("env:HUB_TEST_SECRET", tmp_path) == "from the environment"
    for missing in ("secret:nobody", "file:keys/none", "env:HUB_TEST_NONE", "secret:", "other:x", ""):
        with pytest.raises(HubError) as refused:
            resolve(missing, tmp_path)
        assert refused.value.code.startswith("SEC-")


def test_the_secret_shows_in_no_text_about_anything(vault, tmp_path, caplog):
    caplog.set_level(logging.DEBUG)
    vault.put("a", CANARY)
    keyring = load_keyring(tmp_path)
    said = [repr(vault), repr(keyring), repr(keyring.current), str(keyring.current), repr(vault.list())]
    stranger = write_keyring(tmp_path, (new_master_key(),))
    for use in (lambda: vault.get("a"), lambda: vault.get("b"), vault.rotate, lambda: Keyring(stranger.keys).find("00000000")):
        with pytest.raises(HubError) as refused:
            use()
        said += traceback.format_exception(refused.value)
    said += [record.getMessage() for record in caplog.records]
    hidden = [CANARY, keyring.current.text, stranger.current.text, repr(keyring.current.value)[2:-1]]
    assert [each for each in hidden if any(each in text for text in said)] == []


def test_a_master_key_is_read_as_it_is_written():
    key = new_master_key()
    assert read_master_key(f" {key.text}\n") == key
    assert len(key.id) == 8


def test_the_command_stores_lists_rotates_and_forgets(tmp_path, capsys, monkeypatch):
    (tmp_path / "hub.toml").write_text("")

    def command(site, *words, stdin=""):
        monkeypatch.setattr(sys, "stdin", io.StringIO(stdin))
        code = run(["--site", str(site), "secret", *words])
        said = capsys.readouterr()
        return SimpleNamespace(returncode=code, stdout=said.out, stderr=said.err)

    first = command(tmp_path, "set", "acme", stdin=f"{CANARY}\n")
    assert first.returncode == 0, first.stderr
    assert "master.key" in first.stderr
    assert Vault(tmp_path).get("acme") == CANARY
    rotated = command(tmp_path, "rotate")
    assert (rotated.returncode, "1 secrets are sealed" in rotated.stderr) == (0, True)
    listed = json.loads(command(tmp_path, "list", "--json").stdout)
    assert [(each["name"], each["opens"]) for each in listed["secrets"]] == [("acme", True)]
    (tmp_path / "keys" / "master.key").unlink()
    assert command(tmp_path, "list").returncode == 1
    gone = command(tmp_path, "remove", "nobody")
    assert gone.returncode == 7
    every = "".join(each.stdout + each.stderr for each in (first, rotated, gone))
    assert CANARY not in every


def test_what_is_not_there_is_said(vault):
    with pytest.raises(NotFound, match="there is no secret a"):
        vault.get("a")
    with pytest.raises(NotFound):
        vault.remove("a")
    assert vault.list() == []
