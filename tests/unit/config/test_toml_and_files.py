"""hub.toml keeps its places too; a file that cannot be read is a diagnostic."""

from __future__ import annotations

from pathlib import Path

from hub.config import load_file, load_toml

TEXT = """\
name = "hub"          # a comment
[http]
  port = 80
[[rows]]
a = 1
[[rows]]
"quoted key" = 2
[identities.main]
x12.deep = "ZZ:ME"
"""


def test_tables_keys_and_values_keep_their_places() -> None:
    document = load_toml(TEXT, "hub.toml")
    assert document.value["identities"] == {"main": {"x12": {"deep": "ZZ:ME"}}}
    assert document.place(("name",)) == (1, 8)
    assert document.place(("http", "port"), key=True) == (3, 3)
    assert document.place(("http", "port")) == (3, 10)
    assert document.place(("rows", 1, "quoted key")) == (7, 16)
    assert document.place(("rows", 0)) == (4, 3)
    assert document.place(("identities", "main", "x12", "deep")) == (9, 12)
    assert document.place(("http",)) == (2, 2)


def test_broken_toml_is_named_at_its_line() -> None:
    (found,) = load_toml('a = 1\nb = "x\n', "hub.toml").diagnostics
    assert (found.code, found.line) == ("CFG-116", 2)
    (found,) = load_toml("a = 1\na = 2\n", "hub.toml").diagnostics
    assert (found.code, found.line) == ("CFG-116", 2)
    (found,) = load_toml("a = [1,\n", "hub.toml").diagnostics
    assert (found.code, found.line) == ("CFG-116", 2)


def test_values_out_of_range_and_deep_nesting_are_diagnostics() -> None:
    assert [each.code for each in load_toml(f"a = {'9' * 5000}\n", "hub.toml").diagnostics] == ["CFG-116"]
    assert [each.code for each in load_toml(f"a = {'[' * 20_000}\n", "hub.toml").diagnostics] == ["CFG-116"]


def test_a_missing_file_and_a_folder_are_diagnostics(tmp_path: Path) -> None:
    (missing,) = load_file(tmp_path / "no.yaml").diagnostics
    assert missing.code == "CFG-110"
    assert "no such file" in missing.message
    (tmp_path / "folder.yaml").mkdir()
    assert [each.code for each in load_file(tmp_path / "folder.yaml").diagnostics] == ["CFG-110"]


def test_a_file_that_is_not_utf8_is_named_at_the_byte(tmp_path: Path) -> None:
    path = tmp_path / "latin.yaml"
    path.write_bytes("a: 1\nb: caf\xe9\n".encode("latin-1"))
    (found,) = load_file(path, "latin.yaml").diagnostics
    assert (found.file, found.line, found.column, found.code) == ("latin.yaml", 2, 7, "CFG-110")


def test_the_suffix_says_how_a_file_is_read(tmp_path: Path) -> None:
    (tmp_path / "a.toml").write_text("a = 1\n")
    (tmp_path / "a.yaml").write_text("a: 1\n")
    assert load_file(tmp_path / "a.toml").value == {"a": 1}
    assert load_file(tmp_path / "a.yaml").value == {"a": "1"}
