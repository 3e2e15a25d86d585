"""`edihub cert`: the certificates of our connections, ours and theirs: make, read in, give out, watch, change."""

from __future__ import annotations

import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

if TYPE_CHECKING:
    from hub.cli.certificates import Certificates

app = typer.Typer(no_args_is_help=True, help="The certificates of our connections, by role.")
_Name = Annotated[str, typer.Argument(metavar="NAME", help="What its files are called: keys/NAME.pem, secret NAME-key.")]
_Connection = Annotated[str, typer.Argument(metavar="CONNECTION", help="A connection, or a partner that has only one.")]
_Theirs = Annotated[bool, typer.Option("--theirs", help="The partner's certificate, not ours.")]
_New = Annotated[str, typer.Option("--new", metavar="NAME", help="The new certificate, made or imported under this name.")]
_On = Annotated[datetime, typer.Option("--on", formats=["%Y-%m-%d"], help="The day it takes over, in UTC.")]
_Overlap = Annotated[int, typer.Option("--overlap", min=1, help="Days for which the old one is still accepted.")]
_Json = Annotated[bool, typer.Option("--json", help="One JSON document.")]
_Kind = Annotated[str, typer.Option("--kind", help="The connector it is for.")]


@app.command()
def create(
    name: _Name,
    *,
    days: Annotated[int, typer.Option("--days", min=1, max=3650, help="How long it is valid.")] = 730,
    bits: Annotated[int, typer.Option("--bits", min=2048, max=8192, help="The length of its RSA key.")] = 2048,
    kind: _Kind = "as2",
) -> None:
    """Make a key and a self-signed certificate; the key goes into the site's sealed secrets. Prints the lines for the partner file.

    Example: edihub cert create ours-2027
    """
    from hub.cli.certificates import desk_of, here, keep, lines

    root = here()
    made = desk_of(kind).create(name, at=datetime.now(UTC), days=days, bits=bits)
    keep(root, name, made)
    print(lines(name, made))


@app.command("import")
def import_certificate(
    file: Annotated[Path, typer.Argument(metavar="FILE", exists=True, dir_okay=False, help="PEM, DER or PKCS#7.")],
    *,
    name: Annotated[str, typer.Option("--name", metavar="NAME", help="What to call it.")],
    key: Annotated[
        Path | None, typer.Option("--key", exists=True, dir_okay=False, help="Its private key, if it is ours.")
    ] = None,
    sealed: Annotated[bool, typer.Option("--sealed", help="Read the key's passphrase from standard input.")] = False,
    kind: _Kind = "as2",
) -> None:
    """Read in a certificate, the partner's or ours; compare the printed fingerprint with the partner by telephone.

    Example: edihub cert import acme.cer --name acme-2027
    """
    from hub.cli.certificates import desk_of, here, keep, lines

    root = here()
    password = sys.stdin.readline().rstrip("\r\n") if sealed else None
    read = desk_of(kind).read(file.read_bytes(), None if key is None else key.read_bytes(), password)
    keep(root, name, read)
    status = desk_of(kind).describe(read.certificate, "")
    print(f"{status.subject}, valid until {status.not_after:%Y-%m-%d}\nSHA-256 {status.sha256}", file=sys.stderr)
    print(lines(name, read))


@app.command()
def export(connection: _Connection, *, theirs: _Theirs = False) -> None:
    """Print the certificate in use, as PEM: ours, to send to the partner; never a key.

    Example: edihub cert export acme > ours.pem
    """
    with _opened(connection) as work:
        sys.stdout.write(work.desk.present(work.connector, "theirs" if theirs else "ours", datetime.now(UTC)))


@app.command("list")
def list_certificates(as_json: _Json = False) -> None:
    """Every certificate of every connection and how long it lasts; exit code 1 if one is over and has no successor."""
    from hub.cli.certificates import survey
    from hub.cli.here import load_site_here
    from hub.cli.listing import listed, print_json

    rows = survey(load_site_here(), datetime.now(UTC))
    if as_json:
        print_json({"certificates": rows})
    else:
        names = ("connection", "role", "subject", "not_after", "days_left", "warning", "sha256")
        listed(names, [tuple(_cell(row[name]) for name in names) for row in rows])
    if any(row["warning"] == 0 for row in rows):
        raise typer.Exit(1)


@app.command()
def rehearse(connection: _Connection, *, new: _New, on: _On, overlap: _Overlap = 30, theirs: _Theirs = False) -> None:
    """Try a change of certificates with real messages, before and after the day; changes nothing. Exit code 1 if a step fails.

    Example: edihub cert rehearse acme --new ours-2027 --on 2027-01-15
    """
    with _opened(connection) as work:
        _rehearse(work, work.change(new, _moment(on), timedelta(days=overlap), is_theirs=theirs))


@app.command()
def rotate(connection: _Connection, *, new: _New, on: _On, overlap: _Overlap = 30, theirs: _Theirs = False) -> None:
    """Rehearse a change, then write it into the partner file: the new certificate beside the old one, each with its day.

    Both sides go on accepting the old one for the overlap. A hub that runs takes it up within seconds. Choose a day on which both
    sides have the new one listed: from the first moment of it on, what leaves is signed with it, or encrypted for it.

    Example: edihub cert rotate acme --new ours-2027 --on 2027-01-15
    """
    with _opened(connection) as work:
        change = work.change(new, _moment(on), timedelta(days=overlap), is_theirs=theirs)
        _rehearse(work, change)
        file = work.write(change, new)
    print(f"{file}: {new} takes over on {on:%Y-%m-%d}, the old one ends {overlap} days later", file=sys.stderr)
    print(_what_the_partner_must_have(on, theirs=theirs), file=sys.stderr)


def _what_the_partner_must_have(on: datetime, *, theirs: bool) -> str:
    """What the other side must have done, or messages fail; a rehearsal cannot know whether it has."""
    task = "hold its key" if theirs else "list it beside the old one"
    if on.date() > datetime.now(UTC).date():
        return f"before that day the partner must {task}"
    fate = "cannot be read" if theirs else "is refused"
    return (
        f"that is at once: as long as the partner does not {task}, what leaves {fate}; a later --on leaves time for both sides"
    )


def _rehearse(work: Certificates, change: Any) -> None:
    steps = work.desk.rehearse(work.connector, change)
    for step in steps:
        print(f"{'holds' if step.holds else 'FAILS'}  {step.what}{': ' + step.why if step.why else ''}")
    if not all(step.holds for step in steps):
        print("nothing was changed", file=sys.stderr)
        raise typer.Exit(1)


def _moment(day: datetime) -> datetime:
    """The start of a day, or this moment where the day is today: a certificate made an hour ago is good from now on."""
    now = datetime.now(UTC)
    start = day.replace(tzinfo=UTC)
    return now if start.date() == now.date() else start


def _opened(connection: str) -> Certificates:
    from hub.cli.certificates import Certificates
    from hub.cli.here import load_site_here

    return Certificates.of(load_site_here(), connection)


def _cell(value: object) -> str:
    return "" if value is None else str(value)
