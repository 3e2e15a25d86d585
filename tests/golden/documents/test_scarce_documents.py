"""Documents that the corpus hardly has are held by pairs written by hand."""

from __future__ import annotations

import pytest

from hub.guides.library import stock_library


@pytest.mark.parametrize("kinds", [{"861", "RECADV"}, {"860", "ORDCHG"}, {"824", "APERAK"}])
def test_a_scarce_document_has_at_least_ten_goldens(kinds: set[str]) -> None:
    names = [name for name in stock_library().guide_names() if name.rpartition("/")[2] in kinds]
    assert sum(len(stock_library().text(name).tests) for name in names) >= 10
