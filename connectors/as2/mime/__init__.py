"""MIME as AS2 uses it (RFC 2045-2047, 2231, 1847): bounded, streaming, over the received bytes and never over a re-serialised part."""
