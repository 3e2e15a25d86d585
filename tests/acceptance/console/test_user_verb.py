"""`edihub user` from the shell, and the person who signs in with it."""

import json
import subprocess
import sys

import pytest
from console_hub import ConsoleHub

pytestmark = pytest.mark.network


def edihub(site, *words, said=""):
    command = [sys.executable, "-m", "hub.cli", "--site", str(site), "user", *words]
    return subprocess.run(command, input=said, capture_output=True, text=True, timeout=60, check=False)


def test_a_person_made_in_the_shell_signs_in_at_the_running_hub_and_is_put_out_again(tmp_path):
    console = ConsoleHub(tmp_path / "site", with_users=False)
    site = tmp_path / "site"
    made = edihub(site, "create", "Ana", "--role", "viewer", said="four words in a row\n")
    assert (made.returncode, made.stdout) == (0, "")
    assert "four words" not in made.stderr
    with console.sign_in("ana") as client:
        assert client.get("/admin/edi").status_code == 200
        assert edihub(site, "password", "ana", said="four other words in a row\n").returncode == 0
        assert client.get("/admin/edi").status_code == 303
    with console.sign_in("ana", "four other words in a row") as client:
        assert edihub(site, "disable", "ana").returncode == 0
        assert client.get("/admin/edi").status_code == 303
    (listed,) = json.loads(edihub(site, "list", "--json").stdout)["users"]
    assert (listed["name"], listed["role"], listed["disabled_at"] is not None) == ("ana", "viewer", True)
    console.stop()


@pytest.mark.parametrize(
    ("words", "said", "status"),
    [(("create", "bob"), "short\n", 8), (("create", "bob", "--role", "root"), "four words in a row\n", 8), (("create", "b b"), "four words in a row\n", 8),
     (("disable", "nobody"), "", 7), (("password", "nobody"), "four words in a row\n", 7)],
)  # fmt: skip
def test_what_cannot_be_done_is_refused_with_a_cure(tmp_path, words, said, status):
    from hub.testing.flow_site import write_site

    done = edihub(write_site(tmp_path / "site"), *words, said=said)
    assert done.returncode == status
    assert "cure" in done.stderr
    assert "Traceback" not in done.stderr
