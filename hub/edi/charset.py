"""Character sets: what UNB 0001 names, and what the bytes really are (ISO 9735-1 annex A, X12.6 3.3)."""

from __future__ import annotations

# UNOA and UNOB are subsets of ASCII; the rest name one part of ISO 8859 each, or ISO 10646.
CODECS = {
    "UNOA": "ascii",
    "UNOB": "ascii",
    "UNOC": "iso8859-1",
    "UNOD": "iso8859-2",
    "UNOE": "iso8859-5",
    "UNOF": "iso8859-7",
    "UNOG": "iso8859-3",
    "UNOH": "iso8859-4",
    "UNOI": "iso8859-6",
    "UNOJ": "iso8859-8",
    "UNOK": "iso8859-9",
    "UNOL": "iso8859-15",
    "UNOW": "utf-8",
    "UNOY": "utf-8",
}


class Decoder:
    """Decodes one interchange piece by piece and remembers where the bytes were not what their label says.

    `service` are the service characters: those beyond ASCII say nothing about the character set of the data.

    `codec` is what the last piece needed; `name` is what the whole interchange needed so far; `mislabelled` is the offset of
    the first byte run that its label does not allow, -1 while there is none.
    """

    __slots__ = ("_service", "codec", "declared", "mislabelled", "name")

    def __init__(self, declared: str, service: tuple[bytes, ...] = ()) -> None:
        self._service = tuple(one for one in service if not one.isascii())
        self.declared = declared
        self.codec = declared
        self.name = declared
        self.mislabelled = -1

    def decode(self, data: bytes, offset: int) -> str:
        """The text of `data`, which stands at `offset` of the file: by its label, else UTF-8 where valid, else ISO 8859-1."""
        if data.isascii():
            self.codec = "ascii"
            return data.decode("ascii")
        try:
            text = data.decode("utf-8")
            self.codec = "utf-8"
        except UnicodeDecodeError:
            self.codec = self.declared if self.declared not in {"ascii", "utf-8"} else "iso8859-1"
            try:
                text = data.decode(self.codec)
            except UnicodeDecodeError:  # a code position that this part of ISO 8859 leaves free
                self.codec = "iso8859-1"
                text = data.decode(self.codec)
        if self._service and _without(data, self._service).isascii():
            return text
        if self.codec != self.declared and self.mislabelled < 0:
            first = next(index for index, byte in enumerate(data) if byte > 0x7F)
            self.mislabelled = offset + first
        if self.codec != self.declared or self.name == "ascii":
            self.name = self.codec
        return text


def _without(data: bytes, service: tuple[bytes, ...]) -> bytes:
    for one in service:
        data = data.replace(one, b"")
    return data


def codec_of(syntax_identifier: str) -> str:
    """The Python codec that UNB 0001 names; ASCII for what no standard knows."""
    return CODECS.get(syntax_identifier.strip().upper(), "ascii")
