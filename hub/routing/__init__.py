"""Agreements, mapping tables and status rules: who exchanges what, and by which rules."""
