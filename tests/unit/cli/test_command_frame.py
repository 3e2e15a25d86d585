"""What every verb shares: `--site` on either side, exit codes from one boundary, help that imports nothing heavy."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from hub.cli import VERBS, frame, here
from hub.cli.boundary import EXIT_CODES, exit_code, guarded
from hub.cli.frame import run
from hub.cli.init import write_site
from hub.config import load_yaml
from hub.errors import (
    ConfigError,
    Conflict,
    DuplicateInterchange,
    HeldForOperator,
    HubError,
    InputError,
    NotFound,
    PermanentDeliveryError,
    Refused,
    TransientError,
    UncertainDeliveryError,
)

HEAVY = (
    "pydantic",
    "yaml",
    "rich",
    "sqlalchemy",
    "litestar",
    "starlette",
    "uvicorn",
    "cryptography",
    "httpx",
    "paramiko",
    "msgspec",
    "jinja2",
)


@pytest.fixture
def plain(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("EDIHUB_SITE", raising=False)
    monkeypatch.delenv("EDIHUB_DEBUG", raising=False)


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (DuplicateInterchange("m"), 1),
        (InputError("m"), 3),
        (ConfigError([]), 4),
        (PermanentDeliveryError("m"), 5),
        (UncertainDeliveryError("m"), 5),
        (TransientError("m"), 5),
        (NotFound("m"), 7),
        (Refused("m"), 8),
        (Conflict("m"), 8),
        (HeldForOperator("m"), 8),
        (HubError("m"), 8),
    ],
)
def test_every_refusal_has_the_exit_code_of_the_contract(error: HubError, code: int) -> None:
    assert exit_code(error) == code


def test_the_last_class_of_the_table_takes_every_refusal() -> None:
    assert EXIT_CODES[-1][0] is HubError


def raising(error: BaseException) -> Callable[[], None]:
    def act() -> None:
        raise error

    return act


def test_a_refusal_is_said_in_two_lines_on_stderr(plain, capsys: pytest.CaptureFixture[str]) -> None:
    assert guarded(raising(NotFound("no message 7", "look with `edihub messages`"))) == 7
    printed = capsys.readouterr()
    assert printed.out == ""
    assert printed.err == "error HUB-404: no message 7\n  cure: look with `edihub messages`\n"


def test_a_broken_configuration_lists_every_diagnostic(plain, capsys: pytest.CaptureFixture[str]) -> None:
    found = list(load_yaml("a: 1\na: 2\nb: &x 1\n", "f.yaml").diagnostics)
    assert guarded(raising(ConfigError(found))) == 4
    printed = capsys.readouterr().err.splitlines()
    assert printed[:2] == [str(each) for each in found]
    assert printed[2] == "error CFG-000: 2 errors in the site's files"


def test_our_bug_is_short_and_says_how_to_see_more(plain, capsys, monkeypatch: pytest.MonkeyPatch) -> None:
    assert guarded(raising(ZeroDivisionError("oh"))) == 70
    short = capsys.readouterr().err
    assert "HUB-070: ZeroDivisionError: oh" in short
    assert "Traceback" not in short
    monkeypatch.setenv("EDIHUB_DEBUG", "1")
    assert guarded(raising(ZeroDivisionError("oh"))) == 70
    assert "Traceback" in capsys.readouterr().err


def test_an_interrupt_exits_130(plain) -> None:
    assert guarded(raising(KeyboardInterrupt())) == 130


def test_an_exit_code_passes_through(plain) -> None:
    assert guarded(raising(SystemExit(6))) == 6
    assert guarded(lambda: None) == 0


def test_a_file_that_cannot_be_opened_is_unreadable_input(plain, capsys: pytest.CaptureFixture[str]) -> None:
    assert guarded(raising(FileNotFoundError(2, "No such file or directory", "x.edi"))) == 3
    assert "x.edi" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("arguments", "rest", "site"),
    [
        (["--site", "a", "lint"], ["lint"], "a"),
        (["lint", "--site", "a", "x"], ["lint", "x"], "a"),
        (["lint", "--site=a"], ["lint"], "a"),
        (["lint", "--", "--site", "a"], ["lint", "--", "--site", "a"], None),
        (["--site", "a", "lint", "--site", "b"], ["lint"], "b"),
        (["lint", "--site"], ["lint", "--site"], None),
        (["lint"], ["lint"], None),
    ],
)
def test_site_may_stand_on_either_side_of_the_verb(arguments: list[str], rest: list[str], site: str | None) -> None:
    assert frame._take_site(arguments) == (rest, site)


def test_the_site_is_the_option_then_the_environment_then_here(plain, monkeypatch: pytest.MonkeyPatch) -> None:
    here.use_site(None)
    assert here.site_folder() == Path()
    monkeypatch.setenv("EDIHUB_SITE", "/from/environment")
    assert here.site_folder() == Path("/from/environment")
    here.use_site("given")
    assert here.site_folder() == Path("given")
    here.use_site(None)


def test_a_verb_that_needs_a_site_says_how_to_name_one(plain, tmp_path: Path) -> None:
    here.use_site(str(tmp_path))
    with pytest.raises(NotFound) as caught:
        here.load_site_here()
    here.use_site(None)
    assert "--site" in caught.value.hint


def test_help_names_every_verb_in_a_line(plain, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["--help"]) == 0
    printed = capsys.readouterr().out
    for verb in VERBS:
        assert f"\n  {verb} " in printed


def test_a_misspelt_verb_is_usage_and_suggests_the_right_one(plain, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["lnit"]) == 2
    assert "Did you mean" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("command", "hint"),
    [
        ("orders --status confirmd", 'did you mean "confirmed"?'),
        ("orders --approval pendng", 'did you mean "pending"?'),
        ("orders --after zzz", "take it from `next`"),
        ("messages --state hold", 'did you mean "held"?'),
        ("messages --direction inn", 'did you mean "in"?'),
        ("messages --light sintax:overdue", 'did you mean "syntax:overdue"?'),
        ("work --kind document_hold", 'did you mean "document_held"?'),
        ("key create erp", "name at least one of orders:read"),
        ("key create erp --scope order:read", 'did you mean "orders:read"?'),
    ],
)
def test_a_word_that_nothing_can_have_is_usage(plain, tmp_path: Path, capsys, command: str, hint: str) -> None:
    write_site(tmp_path / "shop")
    assert run(["--site", str(tmp_path / "shop"), *command.split()]) == 2
    printed = capsys.readouterr()
    assert printed.out == ""
    assert hint in printed.err.replace("\n", "")


@pytest.mark.parametrize(("command", "code"), [("send sample.edi --partner nope", 7), ("migrate-store --to mysql://x", 8)])
def test_a_partner_or_a_database_that_is_none(plain, tmp_path: Path, capsys, monkeypatch, command: str, code: int) -> None:
    write_site(tmp_path / "shop")
    monkeypatch.chdir(tmp_path / "shop")
    assert run(command.split()) == code
    assert "cure: " in capsys.readouterr().err


def test_a_misspelt_option_is_usage(plain, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["lint", "--jsno"]) == 2
    assert "--json" in capsys.readouterr().err


def test_the_version_is_printed(plain, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["--version"]) == 0
    assert capsys.readouterr().out.startswith("edihub ")


@pytest.mark.parametrize("verb", sorted(VERBS))
def test_every_verb_has_help_of_its_own(plain, verb: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert run([verb, "--help"]) == 0
    printed = capsys.readouterr().out
    assert printed.startswith(f"Usage: edihub {verb}")
    assert len(printed.splitlines()) > 4


def loaded_by(*arguments: str) -> tuple[set[str], float]:
    """Modules that a command imports, and the processor time it took, in seconds."""
    program = (
        "import json, sys, time\n"
        "from hub.cli.frame import run\n"
        "code = run(sys.argv[1:])\n"
        "print('\\n@' + json.dumps([code, sorted(sys.modules), time.process_time()]))\n"
    )
    run_ = subprocess.run([sys.executable, "-c", program, *arguments], capture_output=True, text=True, check=True)
    code, modules, seconds = json.loads(run_.stdout.rpartition("@")[2])
    assert code == 0
    return set(modules), seconds


def test_help_imports_nothing_heavy_and_starts_at_once() -> None:
    modules, _ = loaded_by("--help")
    assert modules.isdisjoint(HEAVY)
    assert min(loaded_by("--help")[1] for _ in range(3)) < 0.3


def test_inspecting_a_small_file_starts_at_once(tmp_path: Path) -> None:
    order = tmp_path / "order.edi"
    order.write_bytes(
        b"ISA*00*          *00*          *ZZ*ACME           *ZZ*EDIHUB         *261101*0930*U*00401*000000007*0*T*>~"
        b"GS*PO*ACME*EDIHUB*20261101*0930*7*X*004010~ST*850*0001~BEG*00*SA*42**20261101~SE*3*0001~GE*1*7~IEA*1*000000007~"
    )
    modules, _ = loaded_by("inspect", str(order), "--json")
    assert modules.isdisjoint({*HEAVY} - {"msgspec", "pydantic"})  # Typer reads typed arguments with pydantic
    assert min(loaded_by("inspect", str(order), "--json")[1] for _ in range(3)) < 0.3


def test_a_reader_that_goes_away_is_no_bug(tmp_path: Path) -> None:
    read, write = os.pipe()
    os.close(read)
    run_ = subprocess.run(
        [sys.executable, "-m", "hub.cli", "--help"], stdout=write, stderr=subprocess.PIPE, text=True, check=False
    )
    os.close(write)
    assert run_.returncode in {1, 141}
    assert "Traceback" not in run_.stderr
    assert "bug" not in run_.stderr


@pytest.mark.parametrize(("shell", "words"), [("bash", {"COMP_WORDS": "edihub li", "COMP_CWORD": "1"})])
def test_the_shell_completes_verbs(shell: str, words: dict[str, str]) -> None:
    environment = {**os.environ, **words, "_EDIHUB_COMPLETE": f"complete_{shell}"}
    run_ = subprocess.run(
        [Path(sys.executable).with_name("edihub")], env=environment, capture_output=True, text=True, check=False
    )
    assert "lint" in run_.stdout.split()


def test_the_shell_completes_options_of_a_verb() -> None:
    environment = {
        **os.environ,
        "COMP_WORDS": "edihub --site x lint --j",
        "COMP_CWORD": "4",
        "_EDIHUB_COMPLETE": "complete_bash",
    }
    run_ = subprocess.run(
        [Path(sys.executable).with_name("edihub")], env=environment, capture_output=True, text=True, check=False
    )
    assert "--json" in run_.stdout.split()
