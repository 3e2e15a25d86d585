"""Secrets are named in files and read elsewhere; the environment is read once."""

from __future__ import annotations

from pathlib import Path

import pytest
from pydantic import BaseModel, ConfigDict

from hub.config import check, load_toml, load_yaml
from hub.config.secrets import MissingSecret, read_secret
from hub.ports import SecretReference
from hub.routing.hub_file import HubFile
from hub.settings import Settings


class Login(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)

    password: SecretReference


def test_a_secret_is_named_by_its_place(tmp_path: Path) -> None:
    checked = check(load_yaml("password: {env: SHOP_KEY}\n", "f.yaml"), Login)
    assert checked.value is not None
    assert read_secret(checked.value.password.name, tmp_path, {"SHOP_KEY": "s3cret"}) == "s3cret"
    (tmp_path / "key").write_text("from file\n")
    assert read_secret("file:key", tmp_path, {}) == "from file"
    (tmp_path / "key").write_bytes(b"two\n\r\n")
    assert read_secret("file:key", tmp_path, {}) == "two\n"


def test_a_secret_in_plain_text_is_refused_and_not_repeated() -> None:
    (found,) = check(load_yaml("password: hunter2\n", "f.yaml"), Login).diagnostics
    assert (found.code, found.line, found.column) == ("CFG-114", 1, 11)
    assert "hunter2" not in str(found)
    assert "{env: NAME}" in found.hint


def test_a_secret_has_one_place() -> None:
    (found,) = check(load_yaml("password: {env: A, file: b}\n", "f.yaml"), Login).diagnostics
    assert "exactly one place" in found.message


def test_a_password_in_the_address_of_the_store_is_refused() -> None:
    text = '[identities.main]\nx12 = "ZZ:ME"\n[store]\nurl = "postgresql+psycopg://hub:hunter2@db/hub"\n'
    (found,) = check(load_toml(text, "hub.toml"), HubFile).diagnostics
    assert (found.code, found.line) == ("CFG-114", 4)
    assert "hunter2" not in str(found)
    named = text.replace('"postgresql+psycopg://hub:hunter2@db/hub"', '{env = "STORE_URL"}')
    assert check(load_toml(named, "hub.toml"), HubFile).value is not None


@pytest.mark.parametrize("name", ["env:NOT_SET", "file:not/there", "vault:x", ""])
def test_a_missing_secret_says_what_to_do(name: str, tmp_path: Path) -> None:
    with pytest.raises(MissingSecret) as caught:
        read_secret(name, tmp_path, {})
    assert caught.value.code == "SEC-101"
    assert caught.value.hint


def test_a_secret_file_that_is_no_text_is_named(tmp_path: Path) -> None:
    (tmp_path / "binary").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(MissingSecret, match="not UTF-8"):
        read_secret("file:binary", tmp_path, {})


def test_the_environment_is_read_into_a_value() -> None:
    settings = Settings.read({"EDIHUB_SITE": "/srv/hub", "EDIHUB_STORE_URL": "postgresql://db/hub", "EDIHUB_DEBUG": "0"})
    assert settings == Settings(site=Path("/srv/hub"), store_url="postgresql://db/hub")
    assert Settings.read({}) == Settings()
    assert Settings.read({"EDIHUB_DEBUG": "1"}).debug is True
