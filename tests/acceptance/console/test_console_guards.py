"""Who gets in, who does not, and what a stranger's page can make of a browser that is signed in."""

from concurrent.futures import ThreadPoolExecutor

import pytest
from console_hub import CSRF, PASSWORD, ConsoleHub

from hub.store.sessions import IDLE, LONGEST
from hub.store.users import ROLES
from hub.web.console.pages import ANYBODY
from hub.web.console.routes import PAGES
from hub.web.console.security import safe_target

pytestmark = pytest.mark.network
GUARDED = [page for page in PAGES if page.role != ANYBODY]


def address_of(page, console):
    return page.path.replace("{id}", console.story["fine"] if "messages" in page.path else "4500000001")


def named(page):
    return f"{page.method} {page.path}"


@pytest.mark.parametrize("page", GUARDED, ids=named)
def test_without_a_session_every_page_leads_to_the_sign_in(console, page):
    with console.browser() as client:
        for cookie in ("", "edihub-session=made-up"):
            answer = client.request(page.method, address_of(page, console), headers={"cookie": cookie})
            assert answer.status_code == 303
            assert answer.headers["location"].startswith("/admin/sign-in?next=%2Fadmin")


@pytest.fixture(scope="module")
def visitors(console):
    clients = {role: console.sign_in(role) for role in ROLES}
    yield clients
    for client in clients.values():
        client.close()


@pytest.mark.parametrize("role", ROLES)
@pytest.mark.parametrize("page", [page for page in GUARDED if page.method == "GET"], ids=named)
def test_a_page_opens_for_its_role_and_those_above_it(console, visitors, page, role):
    answer = visitors[role].get(address_of(page, console))
    if ROLES.index(role) >= ROLES.index(page.role):
        assert answer.status_code == (303 if page.path == "/admin" else 200)
    else:
        assert answer.status_code == 403
        assert f"your role, {role}" in answer.text.lower()


def test_a_key_of_the_api_opens_no_page_and_a_session_no_api(console):
    with console.hub.transaction() as tx:
        key = tx.keys.create("all", ("admin",))
    with console.browser() as client:
        assert client.get("/admin/edi", headers={"authorization": f"Bearer {key}"}).status_code == 303
    with console.sign_in("admin") as client:
        assert client.get("/api/v1/messages").status_code == 401


@pytest.mark.parametrize("path", ["/admin/edi", "/admin/sign-in", "/admin/edi/messages/nothing", "/admin/static"])
def test_every_answer_forbids_scripts_frames_and_caches(console, path):
    with console.sign_in() as client:
        answer = client.get(path)
    if answer.status_code == 404 and "json" in answer.headers["content-type"]:
        return
    policy = answer.headers["content-security-policy"]
    assert policy.startswith("default-src 'none'; style-src 'self';")
    assert "unsafe" not in policy
    assert "frame-ancestors 'none'" in policy
    assert answer.headers["cache-control"] == "no-store"
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert "<script" not in answer.text
    assert " style=" not in answer.text
    assert not [word for word in ("onclick", "onload", "onerror=") if f" {word}" in answer.text.lower()]


def test_the_session_cookie_is_hidden_from_scripts_and_other_sites(console):
    with console.sign_in() as client:
        said = client.answer.headers.get_list("set-cookie")
    (cookie,) = [each for each in said if each.startswith("edihub-session=")]
    assert len(cookie.partition("=")[2].partition(";")[0]) == 43  # 256 bits
    assert "HttpOnly" in cookie
    assert "SameSite=lax" in cookie
    assert "Path=/" in cookie


def test_behind_https_the_cookies_are_secure_and_bound_to_the_host():
    from starlette.requests import Request
    from starlette.responses import Response

    from hub.web.console.security import Cookies

    cookies, response = Cookies("https://hub.example.com"), Response()
    cookies.keep_session(response, "t")
    assert response.headers["set-cookie"].startswith("__Host-edihub-session=t")
    assert "Secure" in response.headers["set-cookie"]
    request = Request({"type": "http", "headers": [(b"cookie", b"edihub-session=old; __Host-edihub-session=new")]})
    assert cookies.session(request) == "new"


def test_signing_in_gives_a_new_session_and_ends_the_old_one(console):
    with console.sign_in("viewer") as client:
        first = client.cookies["edihub-session"]
        page = client.get("/admin/edi")
        again = client.post(
            "/admin/sign-in",
            data={"name": "admin", "password": PASSWORD, "token": CSRF.search(page.text).group(1)},
            headers={"origin": console.url},
        )
        assert again.status_code == 303
        second = client.cookies["edihub-session"]
        assert second != first
    with console.browser() as stranger:
        assert stranger.get("/admin/edi", headers={"cookie": f"edihub-session={first}"}).status_code == 303
        assert stranger.get("/admin/edi", headers={"cookie": f"edihub-session={second}"}).status_code == 200


@pytest.mark.parametrize(
    "headers",
    [
        {"origin": "https://evil.example"},
        {"origin": "null"},
        {},
        {"referer": "https://evil.example/x"},
        {"origin": "http://127.0.0.1:1"},
    ],
    ids=str,
)
def test_a_form_of_another_site_does_nothing(console, headers):
    with console.sign_in() as client:
        token = CSRF.search(client.get("/admin/edi").text).group(1)
        assert client.post("/admin/sign-out", data={"token": token}, headers=headers).status_code == 403
        assert client.get("/admin/edi").status_code == 200


@pytest.mark.parametrize("token", ["", "0" * 64, "é", None])
def test_a_form_without_our_token_does_nothing(console, token):
    with console.sign_in() as client:
        data = {} if token is None else {"token": token}
        assert client.post("/admin/sign-out", data=data, headers={"origin": console.url}).status_code == 403
        assert client.get("/admin/edi").status_code == 200


def test_the_sign_in_form_itself_is_bound_to_the_browser_that_asked(console):
    with console.browser() as first, console.browser() as second:
        token = CSRF.search(first.get("/admin/sign-in").text).group(1)
        second.get("/admin/sign-in")
        form = {"name": "operator", "password": PASSWORD, "token": token}
        assert second.post("/admin/sign-in", data=form, headers={"origin": console.url}).status_code == 403
        assert first.post("/admin/sign-in", data=form, headers={"origin": console.url}).status_code == 303


def test_signing_out_ends_the_session_on_the_server(console):
    with console.sign_in() as client:
        session = client.cookies["edihub-session"]
        token = CSRF.search(client.get("/admin/edi").text).group(1)
        answer = client.post("/admin/sign-out", data={"token": token}, headers={"origin": console.url})
        assert (answer.status_code, answer.headers["location"]) == (303, "/admin/sign-in")
    with console.browser() as stranger:
        assert stranger.get("/admin/edi", headers={"cookie": f"edihub-session={session}"}).status_code == 303


@pytest.mark.parametrize("seconds", [IDLE / 1e6 + 1, LONGEST / 1e6 + 1])
def test_a_session_at_rest_is_over(own_console, seconds):
    with own_console.sign_in() as client:
        assert client.get("/admin/edi").status_code == 200
        own_console.clock.advance(seconds)
        assert client.get("/admin/edi").status_code == 303


def test_after_five_wrong_guesses_a_name_waits_whether_or_not_it_exists(own_console):
    said = {}
    for name in ("operator", "nobody"):
        for _ in range(5):
            with own_console.sign_in(name, "wrong password") as client:
                said.setdefault(name, []).append((client.answer.status_code, client.answer.text.count("wrong.")))
        with own_console.sign_in(name) as client:
            said[name].append(client.answer.status_code)
            assert "try again in" in client.answer.text
    assert said["operator"] == said["nobody"] == [(401, 1)] * 4 + [(429, 1), 429]
    own_console.clock.advance(31)
    with own_console.sign_in("operator") as client:
        assert client.answer.status_code == 303


def test_a_flood_of_guesses_is_turned_away_and_the_console_stays_quick(own_console):
    with own_console.sign_in() as client, ThreadPoolExecutor(40) as many:
        guesses = [many.submit(own_console.sign_in, f"name{n}", "wrong password") for n in range(40)]
        assert client.get("/admin/edi").status_code == 200
        guessers = [guess.result() for guess in guesses]
    statuses = [guesser.answer.status_code for guesser in guessers]
    for guesser in guessers:
        guesser.close()
    assert set(statuses) <= {401, 503}
    assert 401 in statuses
    assert 503 in statuses


def test_a_switched_off_person_is_out_at_once(own_console):
    with own_console.sign_in("viewer") as client:
        with own_console.hub.transaction() as tx:
            tx.users.disable("viewer")
        assert client.get("/admin/edi").status_code == 303
    with own_console.sign_in("viewer") as client:
        assert client.answer.status_code == 401


def test_where_nobody_has_an_account_the_page_says_how_to_make_one(tmp_path):
    console = ConsoleHub(tmp_path / "site", with_users=False)
    with console.browser() as client:
        assert "edihub user create" in client.get("/admin/sign-in").text
    console.stop()


@pytest.mark.parametrize(
    ("wanted", "target"),
    [("/admin/edi?partner=acme", "/admin/edi?partner=acme"), ("//evil.example/admin/", "/admin/edi"), ("https://evil.example", "/admin/edi"),
     ("/admin/\\evil", "/admin/edi"), ("/admin/\r\nx: y", "/admin/edi"), ("", "/admin/edi")],
)  # fmt: skip
def test_signing_in_leads_back_to_where_one_was_and_nowhere_else(wanted, target):
    assert safe_target(wanted) == target


def test_a_person_comes_back_to_the_filter_that_was_asked_for(console):
    with console.browser() as client:
        to_sign_in = client.get("/admin/edi?partner=acme&q=45")
        page = client.get(to_sign_in.headers["location"])
        form = {
            "name": "viewer",
            "password": PASSWORD,
            "token": CSRF.search(page.text).group(1),
            "next": "/admin/edi?partner=acme&q=45",
        }
        assert 'value="/admin/edi?partner=acme&amp;q=45"' in page.text
        answer = client.post("/admin/sign-in", data=form, headers={"origin": console.url})
        assert answer.headers["location"] == "/admin/edi?partner=acme&q=45"


@pytest.mark.parametrize("body", [b"\xff\xfe", b"a" * 20_000, b"&&&=;", b"token=" + b"%" * 100])
def test_a_body_that_is_no_form_is_refused(console, body):
    with console.sign_in() as client:
        headers = {"origin": console.url, "content-type": "application/x-www-form-urlencoded"}
        assert client.post("/admin/sign-out", content=body, headers=headers).status_code in {403, 413}
