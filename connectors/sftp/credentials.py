"""How we prove to an SFTP server who we are: the private key, the password, or both one after the other."""

from __future__ import annotations

import io

import paramiko
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
    load_ssh_private_key,
)

from connectors.sftp.protocol import FAILURES
from connectors.sftp.settings import SftpSettings
from hub.errors import DeliveryError, TemporaryDeliveryError, UnusableConnection
from hub.ports import Services


def log_in(transport: paramiko.Transport, settings: SftpSettings, services: Services) -> None:
    """Authenticate on a transport whose host key has been checked."""
    try:
        remaining = _offer(transport, settings, services)
    except paramiko.BadAuthenticationType as error:
        raise _refused(settings, f"it accepts only {', '.join(error.allowed_types)}") from error
    except paramiko.AuthenticationException as error:
        raise _unanswered(settings, error) or _refused(settings, "it does not accept the key or password") from error
    except FAILURES as error:
        raise TemporaryDeliveryError(
            f"{settings.host} closed the connection during the login", "tried again later", code="DLV-437"
        ) from error
    if remaining:
        raise _refused(settings, f"it also asks for {', '.join(remaining)}")


def _offer(transport: paramiko.Transport, settings: SftpSettings, services: Services) -> list[str]:
    remaining: list[str] = []
    if settings.key is not None:
        remaining = transport.auth_publickey(settings.user, _private_key(settings, services))
        if not remaining or settings.password is None:
            return remaining
    assert settings.password is not None
    return transport.auth_password(settings.user, services.secret(settings.password.name))


def _private_key(settings: SftpSettings, services: Services) -> paramiko.PKey:
    """The key in paramiko's form. `cryptography` reads it: paramiko knows no PKCS #8 and refuses half of all ECDSA keys."""
    assert settings.key is not None
    data = services.secret(settings.key.name).encode()
    passphrase = services.secret(settings.key_passphrase.name).encode() if settings.key_passphrase is not None else None
    load = load_ssh_private_key if b"BEGIN OPENSSH" in data else load_pem_private_key
    why = "it is no ed25519, ecdsa or rsa key in OpenSSH or PEM form"
    try:
        return _for_paramiko(load(data, passphrase))
    except (ValueError, TypeError, UnsupportedAlgorithm, paramiko.SSHException) as error:
        said = str(error).lower()
        if "not given" in said or "not provided" in said:
            why = "it is locked; name its `key_passphrase:`"
        elif passphrase is not None:
            why = "its passphrase is wrong, or it has none"
    raise UnusableConnection(
        f"the private key under {settings.key.name} cannot be used: {why}",
        "store the private key (not the .pub file) under that name",
        code="DLV-433",
    )


def _for_paramiko(key: object) -> paramiko.PKey:
    if isinstance(key, rsa.RSAPrivateKey):
        return paramiko.RSAKey(key=key)
    if isinstance(key, ec.EllipticCurvePrivateKey):
        return paramiko.ECDSAKey(vals=(key, key.public_key()))
    if isinstance(key, ed25519.Ed25519PrivateKey):
        text = key.private_bytes(Encoding.PEM, PrivateFormat.OpenSSH, NoEncryption()).decode()
        return paramiko.Ed25519Key(file_obj=io.StringIO(text))
    raise ValueError("a key of another kind")


def _unanswered(settings: SftpSettings, error: Exception) -> DeliveryError | None:
    """Paramiko says by text only whether the server refused or fell silent."""
    said = str(error).lower()
    if "timeout" not in said and "eof" not in said:
        return None
    return TemporaryDeliveryError(
        f"{settings.host} did not answer the login of {settings.user}", "tried again later", code="DLV-437"
    )


def _refused(settings: SftpSettings, why: str) -> UnusableConnection:
    return UnusableConnection(
        f"{settings.host} refuses the login of {settings.user}: {why}",
        "it is tried again every quarter of an hour only, so that the account is not locked; agree user and key or password with the partner",
        code="DLV-432",
    )
