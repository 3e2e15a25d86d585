"""`python -m hub.cli`: the same as `edihub`."""

from hub.cli import main

main()
