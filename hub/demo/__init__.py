"""What `make run` runs: a partner that sends real orders beside a hub that answers."""
