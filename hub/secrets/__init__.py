"""Secrets at rest: sealed in one file of the site, opened with a master key that lies elsewhere, named by references."""

from hub.secrets.keyring import Keyring, load_keyring
from hub.secrets.resolve import resolve
from hub.secrets.vault import Vault

__all__ = ["Keyring", "Vault", "load_keyring", "resolve"]
