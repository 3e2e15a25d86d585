"""The `edihub` command: one file per verb, each thin."""


def main() -> None:
    """Entry point."""
