"""Message guides: one YAML per message that validates, reads, writes and prints."""
