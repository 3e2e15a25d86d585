"""Deadlines: when they end on a partner's calendar, and what happens when they do."""
