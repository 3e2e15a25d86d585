"""What hub.toml and a calendar may say about deadlines, webhooks and alerts, and what is wrong with them, at its place."""

from __future__ import annotations

import pytest

from hub.routing.load import examine_site
from hub.testing.flow_site import write_site

HOOK = """
[[webhooks]]
name = "erp"
url = "https://erp.example/hook?key=1"
secret = {secret = "erp-hook"}
secret_before = {env = "OLD"}
events = ["order.*", "document.overdue"]
partners = ["acme"]
test = "exclude"
allow_networks = ["10.1.0.0/16"]
"""
MAIL = """
[alerts.mail]
host = "mail.example"
user = "hub"
password = {env = "MAIL"}
from = "edihub@example.com"
to = ["ops@example.com"]

[alerts.webhook]
url = "https://chat.example/hook"
secret = {env = "CHAT"}
"""


def examined(tmp_path, hub="", partner=""):
    site = write_site(tmp_path, agreements=partner)
    file = site / "hub.toml"
    file.write_text(file.read_text() + hub)
    return examine_site(site)


def test_webhooks_and_alerts_are_read_with_their_defaults(tmp_path):
    site = examined(tmp_path, HOOK + MAIL).site
    (hook,) = site.file.webhooks
    assert (hook.name, hook.test, hook.timeout.total_seconds(), hook.failing_after.days) == ("erp", "exclude", 10, 1)
    mail = site.file.alerts.mail
    assert (mail.port, mail.security, mail.per_hour, mail.sender) == (587, "starttls", 12, "edihub@example.com")


# the first line of what is added is line 8 of hub.toml, the blank one
@pytest.mark.parametrize(
    ("text", "code", "line", "said"),
    [
        (HOOK.replace("https://erp.example", "ftp://erp.example"), "CFG-113", 11, "no"),
        (HOOK.replace("https://", "https://user:pw@"), "CFG-113", 11, "without a user"),
        (HOOK.replace('"order.*"', '"orders.*"'), "CFG-113", 14, "families"),
        (HOOK.replace('"acme"', '"acmee"'), "CFG-215", 15, "acme"),
        (HOOK + HOOK, "CFG-343", 20, "line 10"),
        (HOOK.replace('secret = {secret = "erp-hook"}', 'secret = "in the clear"'), "CFG-114", 12, "secret"),
        (HOOK.replace('test = "exclude"', 'timeout = "2m"'), "CFG-113", 16, "30 s"),
        (MAIL.replace('user = "hub"\n', ""), "CFG-344", 9, "both"),
        (MAIL.replace('host = "mail', 'security = "none"\nhost = "mail'), "CFG-345", 13, "starttls"),
        (MAIL.replace('"ops@example.com"', '"ops"'), "CFG-113", 14, "mail address"),
    ],
)
def test_a_mistake_is_named_at_its_place(tmp_path, text, code, line, said):
    (wrong,) = examined(tmp_path, text).diagnostics
    assert (wrong.code, wrong.line) == (code, line), str(wrong)
    assert said in f"{wrong.message} {wrong.hint}"


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ('calendar: {hours: "18:00-08:00"}', "CFG-346"),
        ('calendar: {hours: "08:00-08:00"}', "CFG-346"),
        ("calendar: {days: []}", "CFG-347"),
        ("    expect: {syntax: 0s}", "CFG-113"),
        ("    due: {response: 500d}", "CFG-113"),
        ("    acknowledge: {within: 0h}", "CFG-113"),
    ],
)
def test_a_calendar_that_never_opens_and_a_deadline_that_is_none_are_mistakes(tmp_path, text, code):
    (wrong,) = examined(tmp_path, partner=text).diagnostics
    assert wrong.code == code
    assert wrong.hint
