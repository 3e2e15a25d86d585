"""The `edihub` command: one file per verb, each thin, each imported only when it is asked for."""

from __future__ import annotations

import sys

VERBS: dict[str, tuple[str, str]] = {
    "demo": ("hub.cli.demo", "Watch a retailer order and be answered, X12 and EDIFACT, on this machine"),
    "init": ("hub.cli.init", "Write a working site with two demo partners"),
    "lint": ("hub.cli.lint", "Check partner, guide, table and rule files"),
    "doctor": ("hub.cli.doctor", "What is wrong with this machine and this site, and what to do"),
    "inspect": ("hub.cli.inspect", "Show what an X12 or EDIFACT file holds, without a partner"),
    "validate": ("hub.cli.validate", "Check a file against its standard and its message guide"),
    "translate": ("hub.cli.translate", "Turn a file into canonical documents"),
    "ack": ("hub.cli.ack", "Show the acknowledgments that a file would get; sends nothing"),
    "render": ("hub.cli.render", "Write one canonical document as an interchange"),
    "guide": ("hub.cli.guide", "List the guides and print one as a table"),
    "serve": ("hub.cli.serve", "Run the hub: HTTP, pollers, workers and the embedded store in one process"),
    "worker": ("hub.cli.worker", "One worker of a scaled-out site"),
    "send": ("hub.cli.send", "Send a partner a file as it is"),
    "connection": ("hub.cli.connection", "The connections to partners: list them, try them"),
    "cert": ("hub.cli.cert", "Certificates of connections: make, import, export, list, rehearse, rotate"),
    "as2": ("hub.cli.as2", "Try an AS2 connection"),
    "orders": ("hub.cli.orders", "List orders, newest first"),
    "order": ("hub.cli.order", "Take an order on: confirm, hold, release, cancel, approve, and every other status"),
    "ship": ("hub.cli.ship", "Ship goods of an order; the partner gets the despatch advice"),
    "invoice": ("hub.cli.invoice", "Bill an order, or credit it; the partner gets the invoice"),
    "work": ("hub.cli.work", "What waits for a person, and marking it as handled"),
    "messages": ("hub.cli.messages", "List what came in and went out, with its three lights"),
    "show": ("hub.cli.show", "Show a message with its story, or an order with its chain"),
    "evidence": ("hub.cli.evidence", "The proof that a partner received a message, for openssl"),
    "resend": ("hub.cli.resend", "Send the same bytes again"),
    "replay": ("hub.cli.replay", "Process stored bytes again"),
    "alerts": ("hub.cli.alerts", "What somebody must look at, in plain words"),
    "webhook": ("hub.cli.webhook", "Webhooks out: list, try, tell again"),
    "key": ("hub.cli.key", "The API's keys: make, list, revoke"),
    "user": ("hub.cli.user", "The people who may sign in to the console: make, list, switch off"),
    "secret": ("hub.cli.secret", "The site's secrets: store, list, seal anew"),
    "audit": ("hub.cli.audit", "The audit trail, and the proof that nobody changed it"),
    "backup": ("hub.cli.backup", "The whole site in one file, while it goes on working"),
    "restore": ("hub.cli.restore", "Make a site again from its backup"),
    "migrate-store": ("hub.cli.migrate_store", "Copy the store into another database, such as PostgreSQL"),
    "retention": ("hub.cli.retention", "Remove what has been kept long enough, or say what would go"),
    "legal-hold": ("hub.cli.legal_hold", "What neither retention nor redaction may touch"),
    "redact": ("hub.cli.redact", "Take a person's data out of an order"),
    "bench": ("hub.cli.bench", "Run the benchmarks: ours beside a floor and a peer"),
}
"""Verb: its module, and the line of it in `edihub --help`, in the order in which a site comes to need them. The module has a function named like the verb, or a Typer `app`."""


def main() -> None:
    """Entry point of the `edihub` command."""
    from hub.cli.frame import run

    sys.exit(run(sys.argv[1:]))
