"""Every page of the console, with the role it asks for."""

from __future__ import annotations

from hub.web.console.audit_log import audit_log, go_to_log
from hub.web.console.message_page import message_page, payload
from hub.web.console.order_page import order_page
from hub.web.console.pages import ANYBODY, Page
from hub.web.console.refused_page import refused_page
from hub.web.console.sign_in import ask, sign_in, sign_out
from hub.web.console.work_page import handled, work_page

PAGES: tuple[Page, ...] = (
    Page(method="GET", path="/admin", role="viewer", make=go_to_log),
    Page(method="GET", path="/admin/sign-in", role=ANYBODY, make=ask, is_sign_in=True),
    Page(method="POST", path="/admin/sign-in", role=ANYBODY, make=sign_in, is_sign_in=True),
    Page(method="POST", path="/admin/sign-out", role="viewer", make=sign_out),
    Page(method="GET", path="/admin/edi", role="viewer", make=audit_log),
    Page(method="GET", path="/admin/edi/work", role="viewer", make=work_page),
    Page(method="POST", path="/admin/edi/work/{id}", role="operator", make=handled),
    Page(method="GET", path="/admin/edi/refused", role="viewer", make=refused_page),
    Page(method="GET", path="/admin/edi/messages/{id}", role="viewer", make=message_page),
    Page(method="GET", path="/admin/edi/messages/{id}/payload", role="operator", make=payload),
    Page(method="GET", path="/admin/edi/orders/{id}", role="viewer", make=order_page),
)
