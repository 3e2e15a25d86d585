"""How we and our partners are named on an envelope, and whether a name that arrived means one of them.

Written short in YAML: `x12: ZZ:ACME`, `edifact: ZZZ:ACME`, `gln: "5412345000013"`, `as2: ACME`; a list where there are several;
`{qualifier, id, internal}` where an internal address (UNB 0008, 0014) tells them apart.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Annotated, Any, Literal, TypeAlias

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field

from hub.config.check import mistake
from hub.edi.tree import PartyId, Standard

Scheme: TypeAlias = Literal["x12", "x12_group", "edifact", "edifact_group", "gln", "as2"]

GLN_QUALIFIER = "14"
"""UNB 0007 and 0010: GS1 global location number (EANCOM part 1, UNB)."""


@dataclass(frozen=True, slots=True)
class Identity:
    """One name of one party. `qualifier` is empty where the scheme has none or the partner sends none."""

    scheme: Scheme
    id: str
    qualifier: str = ""
    internal: str = ""

    def __str__(self) -> str:
        return ":".join(part for part in (self.qualifier, self.id, self.internal) if part)

    @property
    def standard(self) -> Standard | None:
        """The standard whose interchange header this name stands in; None for group and AS2 names."""
        if self.scheme == "x12":
            return "x12"
        return "edifact" if self.scheme in {"edifact", "gln"} else None

    @property
    def party(self) -> PartyId:
        """The name as an envelope carries it."""
        return PartyId(qualifier=GLN_QUALIFIER if self.scheme == "gln" else self.qualifier, id=self.id, internal=self.internal)

    def means(self, standard: Standard, party: PartyId) -> bool:
        """Whether an interchange party is this one: ids letter for letter, a qualifier or internal address if both have one."""
        if self.standard != standard or self.id != party.id.strip():
            return False
        if self.internal and self.internal != party.internal.strip():
            return False
        arrived = same_qualifier(party.qualifier)
        ours = GLN_QUALIFIER if self.scheme == "gln" else same_qualifier(self.qualifier)
        if standard == "x12":
            return ours == arrived
        return not arrived or not ours or ours == arrived


def same_qualifier(qualifier: str) -> str:
    """A qualifier in its one spelling: `1` and `01` are the same (X12 I05 has two places)."""
    qualifier = qualifier.strip()
    return f"0{qualifier}" if len(qualifier) == 1 and qualifier.isdigit() else qualifier


class IdentityFile(BaseModel):
    """An identity as YAML writes it out."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    id: Annotated[str, Field(min_length=1, max_length=35, pattern=r"^[ -~]+$")]
    qualifier: Annotated[str, Field(max_length=4, pattern=r"^[ -~]*$")] = ""
    internal: Annotated[str, Field(max_length=35)] = ""


def _short(value: Any) -> Any:
    """`ZZ:ACME` is a qualifier and an id; `ACME` is an id."""
    if not isinstance(value, str):
        return value
    qualifier, colon, name = value.partition(":")
    return {"qualifier": qualifier, "id": name} if colon else {"id": value}


def _listed(value: Any) -> Any:
    """One identity stands for a list of one."""
    return value if isinstance(value, list | tuple) else [value]


def _gln(value: str) -> str:
    if not re.fullmatch(r"\d{13}", value):
        raise mistake("CFG-113", f'"{value}" is not a GLN', "a GLN has 13 digits, leading zeros included")
    return value


def _qualified(value: IdentityFile) -> IdentityFile:
    if len(same_qualifier(value.qualifier)) != 2:
        raise mistake(
            "CFG-113", f'"{value.id}" has no X12 qualifier of two places', "write qualifier and id: ZZ:ACME, 01:123456789"
        )
    if len(value.id) > 15:
        raise mistake("CFG-113", f'"{value.id}" is longer than the 15 places of ISA06', "use the id the partner registered")
    return value


def _plain(value: str) -> str:
    if not value.strip() or not value.isprintable():
        raise mistake("CFG-113", f'"{value}" is not a name', "printable characters")
    return value


_Written = Annotated[IdentityFile, BeforeValidator(_short, json_schema_input_type=str | IdentityFile)]
_X12 = Annotated[_Written, AfterValidator(_qualified)]
_Gln = Annotated[str, AfterValidator(_gln)]
_Plain = Annotated[str, AfterValidator(_plain)]
_MANY_OR_ONE = BeforeValidator(_listed, json_schema_input_type=str | IdentityFile | tuple[str | IdentityFile, ...])
_TEXTS_OR_ONE = BeforeValidator(_listed, json_schema_input_type=str | tuple[str, ...])


class Identities(BaseModel):
    """All the names of one party, by scheme; each one value or a list."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    x12: Annotated[tuple[_X12, ...], _MANY_OR_ONE] = ()
    edifact: Annotated[tuple[_Written, ...], _MANY_OR_ONE] = ()
    gln: Annotated[tuple[_Gln, ...], _TEXTS_OR_ONE] = ()
    x12_group: Annotated[tuple[_Plain, ...], _TEXTS_OR_ONE] = ()
    edifact_group: Annotated[tuple[_Written, ...], _MANY_OR_ONE] = ()
    as2: Annotated[tuple[_Plain, ...], _TEXTS_OR_ONE] = ()

    def values(self) -> tuple[Identity, ...]:
        """The names as values, in the order of the schemes."""
        return (
            *(_identity("x12", each) for each in self.x12),
            *(_identity("edifact", each) for each in self.edifact),
            *(Identity("gln", each) for each in self.gln),
            *(Identity("x12_group", each) for each in self.x12_group),
            *(_identity("edifact_group", each) for each in self.edifact_group),
            *(Identity("as2", each) for each in self.as2),
        )


def _identity(scheme: Scheme, written: IdentityFile) -> Identity:
    return Identity(scheme, written.id, same_qualifier(written.qualifier), written.internal)


def gln_check_digit_holds(gln: str) -> bool:
    """Whether the thirteenth digit is the one GS1 computes from the first twelve (weights 1 and 3)."""
    digits = [int(each) for each in gln]
    return sum(digit * (3 if place % 2 else 1) for place, digit in enumerate(digits)) % 10 == 0
