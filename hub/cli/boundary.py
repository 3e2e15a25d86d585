"""The one place where an exception becomes an exit code and a few lines on stderr."""

from __future__ import annotations

import os
import sys
import traceback
from collections.abc import Callable

from hub.cli.terminal import paint
from hub.errors import (
    ConfigError,
    DeliveryError,
    HubError,
    InboundError,
    InputError,
    NotFound,
    TransientError,
)

USAGE = 2
UNREADABLE = 3
INTERRUPTED = 130
BROKEN_PIPE = 141
OUR_BUG = 70

_NO_CURSOR = "HUB-400"
"""`--after` or `--limit` of a list: a misuse of the command line, told by the store."""

EXIT_CODES: tuple[tuple[type[HubError], int], ...] = (
    (InboundError, 1),
    (InputError, 3),
    (ConfigError, 4),
    (DeliveryError, 5),
    (TransientError, 5),
    (NotFound, 7),
    (HubError, 8),
)
"""The first class that fits decides; whatever else the hub refuses is 8."""


def exit_code(error: HubError) -> int:
    """The exit code that says what kind of refusal this is."""
    if error.code == _NO_CURSOR:
        return USAGE
    return next(code for kind, code in EXIT_CODES if isinstance(error, kind))


def guarded(act: Callable[[], object]) -> int:
    """Run a verb and say what went wrong in words; returns the exit code."""
    try:
        return _act(act)
    except HubError as refused:
        say(refused)
        return exit_code(refused)
    except BrokenPipeError:
        # The reader of our output went away (`edihub inspect FILE | head`); keep the interpreter from flushing again.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return BROKEN_PIPE
    except OSError as failed:
        return _open_failed(failed)
    except KeyboardInterrupt:
        return INTERRUPTED
    except Exception as bug:  # noqa: BLE001 - the outermost boundary: whatever got here is our mistake, said in one line
        _confess(bug)
        return OUR_BUG


def _act(act: Callable[[], object]) -> int:
    try:
        act()
        code = 0
    except SystemExit as done:
        code = done.code if isinstance(done.code, int) else int(done.code is not None)
    sys.stdout.flush()
    return code


def say(error: HubError) -> None:
    """Print what was refused, and the cure, to stderr."""
    if isinstance(error, ConfigError):
        for diagnostic in error.diagnostics:
            print(diagnostic, file=sys.stderr)
    print(f"{paint('error', 'red', sys.stderr)} {error.code}: {error.message}", file=sys.stderr)
    if error.hint:
        print(f"  {paint('cure', 'green', sys.stderr)}: {error.hint}", file=sys.stderr)
    if os.environ.get("EDIHUB_DEBUG"):
        traceback.print_exception(error)


def _open_failed(failed: OSError) -> int:
    """A file that is not there, is a folder, or may not be read; without a name it is no file of the user's."""
    if failed.filename is None:
        _confess(failed)
        return OUR_BUG
    reason = (failed.strerror or "no reason given").lower()
    say(InputError(f"cannot open {failed.filename}: {reason}", "check the path and its permissions", code="HUB-020"))
    return UNREADABLE


def _confess(bug: Exception) -> None:
    print(f"{paint('our bug', 'red', sys.stderr)} HUB-070: {type(bug).__name__}: {bug}", file=sys.stderr)
    if os.environ.get("EDIHUB_DEBUG"):
        traceback.print_exception(bug)
    else:
        print("  please report it; EDIHUB_DEBUG=1 shows where it happened", file=sys.stderr)
