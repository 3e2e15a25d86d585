"""Connectors: each moves bytes and knows one outside system."""
