"""Files in a folder: a drop folder in, a drop folder out."""

from connectors.folder.connector import CONNECTOR

__all__ = ["CONNECTOR"]
