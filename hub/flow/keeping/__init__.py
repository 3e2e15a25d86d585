"""What is kept, for how long, and where else: backup, restore, the move to another database, retention, legal hold, redaction."""
