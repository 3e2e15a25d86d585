"""Cryptographic Message Syntax (RFC 5652, 5083, 5084, 3274) over streams: signed, enveloped and compressed data.

Structures are read and written here; every cryptographic operation is one of `cryptography` or the standard library's digests.
"""
