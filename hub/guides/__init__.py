"""Message guides: one file per message that validates, reads, writes and prints it."""
