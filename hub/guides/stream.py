"""A whole file understood, message by message: documents as they come, findings counted and kept up to a limit."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

from hub.edi.inspect import Findings
from hub.edi.mapped import Buffer
from hub.edi.read import read
from hub.edi.tree import GroupEnd, InterchangeEnd, Message
from hub.guides.library import Library
from hub.guides.understand import Choice, Understood, understand, understand_ta1


class Stream:
    """Reads one file; `findings` holds those of every layer, in the order they were met."""

    def __init__(
        self,
        library: Library,
        choose: Callable[[Message], Choice],
        *,
        schemas: tuple[Path, ...] = (),
        trace: bool = False,
    ) -> None:
        self.schemas = schemas
        self.library = library
        self.choose = choose
        self.is_traced = trace
        self.findings = Findings()
        self.offset = 0

    def read(self, data: Buffer) -> Iterator[Understood]:
        """Yield what became of every message and every TA1; raises `InputError` where the file is neither standard."""
        for event in read(data, forget=True):
            if isinstance(event, Message):
                self.offset = event.offset
                self.findings.take(event.findings)
                yield self._message(event)
            elif isinstance(event, GroupEnd):
                self.findings.take(event.group.findings)
            elif isinstance(event, InterchangeEnd):
                self.findings.take(event.interchange.findings, event.interchange.findings_omitted)
                for result in understand_ta1(event.interchange, self.library):
                    self.findings.take(result.findings)
                    yield Understood(document=result.document, findings=result.findings)

    def _message(self, message: Message) -> Understood:
        choice = self.choose(message)
        found = understand(message, self.library, choice, schemas=self.schemas, trace=self.is_traced)
        self.findings.take(found.findings, found.omitted)
        return found
