"""What holds for every verb of the table: help in one line, and `--json` wherever a verb reads."""

from __future__ import annotations

import json

import pytest
import typer

from hub.cli import VERBS
from hub.cli.frame import build, run

ACTING = {
    "resend", "replay", "worker", "demo", "serve", "send", "init", "order change", "secret set", "secret remove", "secret rotate",
    "cert create", "cert import", "cert rehearse", "cert rotate", "as2 ping", "alerts clear", "webhook test", "webhook replay",
    "webhook skip", "legal-hold add", "legal-hold end", "key create", "key revoke", "user create", "user disable", "user password",
}  # fmt: skip
"""They do something; what they print is one line for a person."""
BYTES = {"render", "cert export", "evidence", "guide print"}
"""What they print is a document of its own: an interchange, a certificate, a proof, a page."""
ITSELF = {"alerts": "alerts", "work": "work"}
"""Groups that list where no further word follows."""


def commands() -> dict[str, typer.core.TyperCommand]:
    found = {}
    for verb in VERBS:
        command = typer.main.get_command(build(verb)).commands[verb]
        inner = getattr(command, "commands", None)
        if not inner:
            found[verb] = command
            continue
        found |= {f"{verb} {name}": each for name, each in inner.items()}
        if verb in ITSELF:
            found[verb] = command
    return found


def test_every_reading_verb_has_json_and_every_other_is_known() -> None:
    all_of_them = commands()
    assert not (ACTING | BYTES) - set(all_of_them), "a verb of these lists is gone"
    lacking = [name for name, each in all_of_them.items() if not any("--json" in option.opts for option in each.params)]
    assert sorted(set(lacking) - ACTING - BYTES) == []


@pytest.mark.parametrize("verb", ["inspect", "validate", "translate", "ack"])
@pytest.mark.parametrize(("content", "code"), [(None, "EDI-004"), (b"Dear Sir", "EDI-001")])
def test_an_unreadable_file_gives_the_shape_on_stdout_and_the_words_on_stderr(verb, content, code, tmp_path, capfd) -> None:
    file = tmp_path / "order.edi"
    if content is not None:
        file.write_bytes(content)
    assert run([verb, str(file), "--json"]) == 3
    out, err = capfd.readouterr()
    assert [each["code"] for each in json.loads(out)["findings"]] == [code]
    assert err.startswith(f"error {code}: ")
    assert "cure: " in err
