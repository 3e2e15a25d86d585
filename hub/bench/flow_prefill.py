"""Fill a store with finished messages, so that a benchmark can see whether its size matters."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

from hub.store.engine import sqlite_engine

_NUMBERS = "with recursive n(i) as (select {start} union all select i + 1 from n where i < {stop})"
_STATEMENTS = (
    (
        "insert into message (id, direction, connection, channel, partner, dedupe_key, transport_id, sha256, size, payload, state, created_at) "
        "select printf('msg_0000%010x00000000', i), 'in', 'acme/in', 'http', 'acme', 'old-' || i, 'old-' || i || '.x12', printf('%064x', i), 300, "
        "zeroblob(300), 'done', 1700000000000000 + i from n"
    ),
    (
        "insert into interchange (id, message_id, direction, standard, sender, receiver, control_number, partner, state, created_at) "
        "select printf('ich_0000%010x00000000', i), printf('msg_0000%010x00000000', i), 'in', 'x12', 'ZZ:ACME', 'ZZ:EDIHUB', "
        "printf('%09d', 500000000 + i), 'acme', 'accepted', 1700000000000000 + i from n"
    ),
    (
        "insert into document (id, message_id, interchange_id, direction, kind, standard, type, version, partner, number, business_key, "
        "control_number, group_type, group_number, interchange_number, order_id, state, created_at) "
        "select printf('doc_0000%010x00000000', i), printf('msg_0000%010x00000000', i), printf('ich_0000%010x00000000', i), 'in', 'order', 'x12', "
        "'850', '004010', 'acme', 'OLD' || i, 'old-' || i, '0001', 'PO', '' || (500000000 + i), printf('%09d', 500000000 + i), "
        "printf('ord_0000%010x00000000', i), 'done', 1700000000000000 + i from n"
    ),
    (
        "insert into orders (id, order_key, number, channel, partner, status, canonical, created_at, updated_at) "
        "select printf('ord_0000%010x00000000', i), 'old-' || i, 'OLD' || i, 'edi', 'acme', 3, zeroblob(300), 1700000000000000 + i, "
        "1700000000000000 + i from n"
    ),
    (
        "insert into audit_event (id, at, type, subject, actor, detail, digest, sealed_in) "
        "select printf('aud_0000%010x00000000', i), 1700000000000000 + i, 'message.received', printf('msg_0000%010x00000000', i), 'hub', '{{}}', "
        "printf('%064x', i), 0 from n"
    ),
)
CHUNK = 100_000


def prefill(file: Path, rows: int) -> dict[str, Any]:
    """Write so many finished messages, each with its interchange, document, order and an audit event."""
    begun = time.monotonic()
    engine = sqlite_engine(file, writer=True)
    for start in range(1, rows + 1, CHUNK):
        stop = min(start + CHUNK - 1, rows)
        with engine.begin() as connection:
            for statement in _STATEMENTS:
                numbers = _NUMBERS.format(start=start, stop=stop)
                target, _, source = statement.partition(" select ")
                connection.exec_driver_sql(f"{target} {numbers} select {source}".replace("{{}}", "{}"))
    engine.dispose()
    return {"messages": rows, "seconds": round(time.monotonic() - begun, 1), "megabytes": round(file.stat().st_size / 1e6)}
