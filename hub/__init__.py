"""edihub: an open integration hub for EDI and sales channels."""

__version__ = "0.1.0"
