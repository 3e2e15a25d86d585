"""X12 and EDIFACT syntax: bytes to segments and back, findings, acknowledgments. Knows no order."""
