"""Documents pushed over plain HTTP, both ways."""

from connectors.http.connector import CONNECTOR

__all__ = ["CONNECTOR"]
