"""What waits for a person, over the API: the list, one item, and marking it as handled."""

from __future__ import annotations

from typing import Annotated, Any

import msgspec
from msgspec import Meta

from hub.flow.work import handle_work
from hub.store.transaction import Transaction
from hub.store.work_list import WorkFilter, get_work, list_work
from hub.web.api_lists import PageQuery, Word, known_cursor, page_of
from hub.web.endpoint import Answer, Asked, Endpoint
from hub.web.once import kept, key_of
from hub.web.resources import PageOf, WorkItem


class WorkQuery(PageQuery, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Which items; what is open unless `handled` is asked for."""

    kind: Word | None = None
    partner: Word | None = None
    order_id: Word | None = None
    test: bool | None = None
    handled: bool = False


class Handling(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What was done about it."""

    reason: Annotated[str, Meta(min_length=1, max_length=500)]


def _list(asked: Asked) -> Answer:
    query = asked.query
    wanted = WorkFilter(
        kind=query.kind or "",
        partner=query.partner or "",
        order_id=query.order_id or "",
        test=query.test,
        handled=query.handled,
    )
    with asked.hub.read() as view, known_cursor():
        return page_of(asked, list_work(view.connection, wanted, limit=query.limit, after=query.after))


def _one(asked: Asked) -> Answer:
    with asked.hub.read() as view:
        return Answer(value=get_work(view.connection, asked.path["id"]))


def _handle(asked: Asked) -> Answer:
    item_id = asked.path["id"]

    def write(tx: Transaction) -> tuple[int, Any]:
        return 200, handle_work(tx, item_id, actor=asked.caller.name, reason=asked.body.reason)

    return kept(asked, f"handle work {item_id}", key_of(asked), write)


WORK = (
    Endpoint(
        method="GET",
        path="/api/v1/work",
        scope="messages:read",
        name="list_work",
        summary="What waits for a person, newest first: held, dead, failed, overdue, asked for, contradicted.",
        handler=_list,
        query=WorkQuery,
        answers={200: PageOf[WorkItem]},
        tag="work",
    ),
    Endpoint(
        method="GET",
        path="/api/v1/work/{id}",
        scope="messages:read",
        name="get_work",
        summary="One work item, with its detail.",
        handler=_one,
        answers={200: WorkItem},
        tag="work",
    ),
    Endpoint(
        method="POST",
        path="/api/v1/work/{id}/handled",
        scope="documents:write",
        name="handle_work",
        summary="Mark a work item as handled. What happens again is listed again.",
        handler=_handle,
        body=Handling,
        takes_key=True,
        answers={200: WorkItem},
        refusals=(409,),
        tag="work",
    ),
)
