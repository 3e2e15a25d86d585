"""Conversions that take several elements at once, by the names guides call them with `as:`."""

from __future__ import annotations

from hub.guides.convert import answers, dates, items, packages, parties, prices, words
from hub.guides.convert.compound import Compound

COMPOUNDS: dict[str, Compound] = {
    "item_ids": Compound(
        items.read_item_ids, items.write_item_ids, ("place",), ("place",), ("to", "table"), items.flat_item_ids
    ),
    "party_id": Compound(parties.read_party_id, parties.write_party_id),
    "price": Compound(
        prices.read_price,
        prices.write_price,
        ("prices", "per", "per_unit"),
        needs=("to", "table", "prices"),
        flat=prices.flat_price,
    ),
    "moment": Compound(
        dates.read_moment,
        dates.write_moment,
        ("time", "from", "until", "from_time", "until_time", "value", "format"),
        needs=(),
    ),
    "store_id": Compound(parties.read_store_id, parties.write_store_id, ("qualifier",), ("qualifier",), ("to", "qualifier")),
    "sscc": Compound(packages.read_sscc, packages.write_sscc, ("digits",), ("digits",)),
    "conditions": Compound(packages.read_conditions, packages.write_conditions, None, needs=("to", "table")),
    "codes": Compound(answers.read_codes, answers.write_codes),
    "service_error": Compound(answers.read_service_error, answers.write_service_error),
    "qualified_date": Compound(
        dates.read_qualified_date, dates.write_qualified_date, None, needs=(), flat=dates.flat_qualified_date
    ),
    "numbers": Compound(parties.read_numbers, parties.write_numbers, None, needs=()),
    "lines": Compound(words.read_lines, words.write_lines, ("more",)),
    "flowing": Compound(words.read_lines, words.write_flowing),
}
