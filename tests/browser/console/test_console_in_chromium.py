"""The console as a browser shows it: with and without JavaScript, in both schemes, wide and on a phone, and by keyboard alone."""

from contextlib import contextmanager

import pytest
from console_hub import PASSWORD, SCRIPT

pytestmark = pytest.mark.network
WIDE, NARROW = 1440, 390


@contextmanager
def opened(chromium, console, *, javascript=True, width=WIDE, scheme="light", role="operator", path="/admin/edi"):
    """A page after signing in; what the browser complained about is in `page.complaints`."""
    context = chromium.new_context(
        viewport={"width": width, "height": 900}, color_scheme=scheme, java_script_enabled=javascript
    )
    page = context.new_page()
    page.complaints = []
    page.on("console", lambda said: page.complaints.append(said.text))
    page.on("pageerror", lambda fault: page.complaints.append(str(fault)))
    page.goto(console.url + path)
    page.get_by_label("Name").fill(role)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    yield page
    context.close()


def pages_of(console):
    story = console.story
    return {
        "list": "/admin/edi",
        "filtered": "/admin/edi?partner=acme&light=syntax:overdue",
        "nothing": "/admin/edi?q=nothing-like-it",
        "held": f"/admin/edi/messages/{story['held']}",
        "wrong": f"/admin/edi/messages/{story['wrong']}",
        "script": f"/admin/edi/messages/{story['script']}",
        "noise": f"/admin/edi/messages/{story['noise']}",
        "sent": f"/admin/edi/messages/{story['sent']}",
        "order": "/admin/edi/orders/4500000001",
        "work": "/admin/edi/work",
        "refused": "/admin/edi/refused",
        "missing": "/admin/edi/messages/nothing",
    }


@pytest.mark.parametrize("javascript", [True, False], ids=["with JavaScript", "without JavaScript"])
def test_triage_from_the_count_to_the_faulty_segment_and_out_again(chromium, console, javascript):
    with opened(chromium, console, javascript=javascript) as page:
        page.get_by_role("link", name="Rejected").click()
        assert page.url.endswith("?attention=rejected")
        page.locator("td.head a").first.click()
        assert "was refused" in page.locator(".lead").inner_text()
        page.get_by_role("link", name="segment", exact=False).first.click()
        assert page.url.partition("#")[2].startswith("seg-")
        assert page.locator("tr:target").inner_text().split()[-1].startswith("DTM*")
        page.get_by_role("button", name="Sign out").click()
        assert page.url.endswith("/admin/sign-in")
        page.goto(console.url + "/admin/edi")
        assert "/admin/sign-in" in page.url
        assert page.complaints == []


@pytest.mark.parametrize("javascript", [True, False], ids=["with JavaScript", "without JavaScript"])
@pytest.mark.parametrize("width", [WIDE, NARROW])
def test_filters_work_as_a_plain_form_and_stay_in_the_address(chromium, console, javascript, width):
    with opened(chromium, console, javascript=javascript, width=width) as page:
        if width == NARROW:
            page.get_by_text("More filters").click()
        page.get_by_label("Document").select_option("855")
        page.get_by_label("Light").select_option("syntax:overdue")
        page.get_by_role("button", name="Filter").click()
        assert page.url.endswith("/admin/edi?type=855&light=syntax%3Aoverdue")
        count = page.locator("tbody tr").count()
        assert count == 3
        page.reload()
        assert page.get_by_label("Document").input_value() == "855"
        page.locator("a.chip").first.click()
        assert page.url.endswith("?light=syntax%3Aoverdue")
        page.go_back()
        assert page.locator("tbody tr").count() == count


def test_a_script_in_a_name_stays_text(chromium, console):
    with opened(chromium, console) as page:
        for path in (
            f"/admin/edi/messages/{console.story['script']}",
            "/admin/edi/orders/4500000004",
            f"/admin/edi?q={SCRIPT}",
        ):
            page.goto(console.url + path)
            assert page.title() != "hacked"
            assert page.locator("img, script").count() == 0
        page.goto(console.url + f"/admin/edi/messages/{console.story['script']}")
        assert SCRIPT in page.locator("#raw").inner_text()
        assert SCRIPT in page.locator("#tree").inner_text()
        assert page.complaints == []


def test_even_a_script_that_got_in_would_not_run(chromium, console):
    with opened(chromium, console) as page:
        page.evaluate("document.body.insertAdjacentHTML('beforeend', '<img src=x onerror=\"document.title=1\">')")
        page.evaluate("{const s=document.createElement('script');s.textContent='document.title=2';document.body.append(s)}")
        page.wait_for_timeout(200)
        assert page.title().startswith("EDI audit log")
        assert any("Content Security Policy" in said for said in page.complaints)


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [WIDE, NARROW])
def test_no_page_has_a_serious_barrier(chromium, console, axe_source, scheme, width):
    with opened(chromium, console, scheme=scheme, width=width) as page:
        found = {}
        for name, path in {**pages_of(console), "sign-in": None}.items():
            if path is None:
                page.context.clear_cookies()
            page.goto(console.url + (path or "/admin/sign-in"))
            for fold in page.locator("details:not([open]) > summary").all():
                if fold.is_visible():
                    fold.click()
            page.evaluate(axe_source)
            result = page.evaluate("axe.run(document, {resultTypes: ['violations']})")
            found |= {
                f"{name} {each['id']}": [node["target"] for node in each["nodes"]][:3]
                for each in result["violations"]
                if each["impact"] in {"serious", "critical", "moderate"}
            }
        assert found == {}


@pytest.mark.parametrize("width", [WIDE, 1280, NARROW])
def test_no_page_is_wider_than_its_window(chromium, console, width):
    with opened(chromium, console, width=width) as page:
        wide = []
        for name, path in pages_of(console).items():
            page.goto(console.url + path)
            if page.evaluate("document.documentElement.scrollWidth > window.innerWidth"):
                wide.append(name)
        assert wide == []


def test_the_keyboard_reaches_everything_and_shows_where_it_is(chromium, console):
    with opened(chromium, console) as page:
        page.goto(console.url + "/admin/edi")
        reached = []
        for _ in range(40):
            page.keyboard.press("Tab")
            reached.append(
                page.evaluate(
                    "[document.activeElement.name || document.activeElement.innerText, getComputedStyle(document.activeElement).outlineStyle]"
                )
            )
        names = " ".join(str(name) for name, _ in reached)
        assert reached[0][0] == "Skip to the content"
        for wanted in ("Audit log", "Sign out", "Held", "q", "direction", "light", "from", "Filter"):
            assert wanted in names
        assert [name for name, outline in reached if outline == "none"] == []


def test_a_light_is_a_shape_and_a_word_not_only_a_colour(chromium, console):
    with opened(chromium, console, path="/admin/edi?type=855") as page:
        page.goto(console.url + "/admin/edi?type=855")
        seen = {}
        for light in page.locator("tbody .light").all():
            seen[light.inner_text().strip()] = light.locator("svg").inner_html()
            assert light.get_attribute("title").split(":")[0] in {"Delivery", "Syntax", "Business"}
        assert {"OK", "overdue", "none"} <= set(seen)
        assert len(set(seen.values())) == len(seen)


def test_a_viewer_is_not_offered_what_a_viewer_may_not(chromium, console):
    path = f"/admin/edi/messages/{console.story['fine']}"
    with opened(chromium, console, role="viewer") as page:
        page.goto(console.url + path)
        assert page.get_by_role("link", name="Download").count() == 0
    with opened(chromium, console, role="operator") as page:
        page.goto(console.url + path)
        with page.expect_download() as saving:
            page.get_by_role("link", name="Download").click()
        assert saving.value.suggested_filename == f"{console.story['fine']}.edi"
