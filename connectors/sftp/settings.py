"""Settings of an SFTP connection."""

from __future__ import annotations

from typing import Literal

from pydantic import Field, field_validator, model_validator

from connectors.files.settings import FileSettings
from connectors.sftp.identity import read_pin
from hub.ports import SecretReference

WeakAlgorithm = Literal["aes128-cbc", "aes192-cbc", "aes256-cbc", "hmac-sha1"]


class SftpSettings(FileSettings):
    """Who is called, how they prove who they are (`host_keys`), and how we prove who we are (`key`, `password`).

    `host_keys` may hold several pins, so that a partner's change of key can be prepared. `weak_algorithms` switches single old
    algorithms on again for a host that offers nothing better.
    """

    port: int = Field(default=22, ge=1, le=65_535)
    host_keys: tuple[str, ...] = Field(min_length=1, max_length=16)
    key: SecretReference | None = None
    key_passphrase: SecretReference | None = None
    password: SecretReference | None = None
    weak_algorithms: tuple[WeakAlgorithm, ...] = ()
    keepalive: int = Field(default=15, ge=1, le=3_600)

    @field_validator("host_keys")
    @classmethod
    def _readable(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        for pin in value:
            read_pin(pin)
        return value

    @model_validator(mode="after")
    def _can_log_in(self) -> SftpSettings:
        if self.key is None and self.password is None:
            raise ValueError("name a `key:` or a `password:`, each as {env: NAME}, {file: PATH} or {secret: NAME}")
        if self.key is None and self.key_passphrase is not None:
            raise ValueError("`key_passphrase:` without `key:`")
        return self
