"""Coverage-guided fuzzing of what strangers can send: `make fuzz`. Crashes and hangs stop it; the corpus stays in fixtures/as2/fuzz, one input a line.

Run as `python tests/fuzz_as2.py SECONDS`, in an environment with atheris. Each target gets half of the time.
"""

from __future__ import annotations

import base64
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))
CORPUS = ROOT / "fixtures" / "as2" / "fuzz"
TARGETS = ("ber", "mime")


def ber(data: bytes) -> None:
    """Every reader of CMS structures: a value or one of the documented errors."""
    from connectors.as2.asn1 import writer
    from connectors.as2.asn1.reader import BerError, walk
    from connectors.as2.cms.algorithms import UnknownAlgorithm
    from connectors.as2.cms.compress import DecompressionFailed, decompress
    from connectors.as2.cms.envelope import read_envelope
    from connectors.as2.cms.signature import read_signed
    from connectors.as2.source import MemorySource

    def envelope() -> None:
        for _ in read_envelope(MemorySource(data)).pieces():
            pass

    def inflate() -> None:
        for _ in decompress(MemorySource(data), limit=1 << 20):
            pass

    def canonical() -> None:
        cursor = walk(data)
        der = writer.as_der(cursor, cursor.next())
        again = walk(der)
        assert writer.as_der(again, again.next()) == der

    for read in (envelope, inflate, canonical, lambda: read_signed(data)):
        try:
            read()
        except (BerError, UnknownAlgorithm, DecompressionFailed):
            continue


def mime(data: bytes) -> None:
    """A message from head to content, and the report in it: a value or one of the documented errors."""
    from datetime import UTC, datetime

    from connectors.as2.attachments import documents
    from connectors.as2.faults import Fault
    from connectors.as2.mdn import read_mdn
    from connectors.as2.mime.fields import MimeError, read_head
    from connectors.as2.source import MemorySource
    from connectors.as2.unwrapping import Relation, unwrap

    try:
        head, rest = read_head(iter((data,)))
        body = MemorySource(b"".join(rest))
        opened = unwrap(head, body, Relation(max_size=1 << 20), at=datetime(2026, 9, 24, tzinfo=UTC))
        documents(opened, folder=None, limit=1 << 20)
        opened.mic("sha256")
        read_mdn(head, body)
    except (Fault, MimeError):
        return


def _fuzz(name: str, seconds: int, corpus: str) -> None:
    import atheris

    with atheris.instrument_imports(include=["connectors.as2"]):
        import connectors.as2.attachments
        import connectors.as2.cms.signature
        import connectors.as2.mdn
        import connectors.as2.unwrapping  # noqa: F401
    arguments = [sys.argv[0], f"-max_total_time={seconds}", "-timeout=5", "-rss_limit_mb=1024", "-max_len=16384", corpus]
    atheris.Setup(arguments, {"ber": ber, "mime": mime}[name])
    atheris.Fuzz()


def _unpack(name: str, folder: Path) -> None:
    for number, line in enumerate((CORPUS / f"{name}.txt").read_text().split()):
        (folder / f"kept-{number:04}").write_bytes(base64.b64decode(line))


def _pack(name: str, folder: Path) -> None:
    """Keep the small inputs that reach something new; the smallest 400 of them, one line each."""
    found = {base64.b64encode(file.read_bytes()).decode() for file in folder.iterdir() if file.stat().st_size <= 4096}
    lines = sorted(found, key=lambda line: (len(line), line))[:400]
    (CORPUS / f"{name}.txt").write_text("\n".join(lines) + "\n")


def _run(seconds: int) -> None:
    for name in TARGETS:
        with tempfile.TemporaryDirectory() as folder:
            _unpack(name, Path(folder))
            share = str(max(seconds // len(TARGETS), 1))
            subprocess.run([sys.executable, __file__, name, share, folder], check=True)
            _pack(name, Path(folder))


if __name__ == "__main__":
    if len(sys.argv) == 4:
        _fuzz(sys.argv[1], int(sys.argv[2]), sys.argv[3])
    else:
        _run(int(sys.argv[1]) if len(sys.argv) > 1 else 1800)
