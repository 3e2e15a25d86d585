"""`POST /as2`: one address for every AS2 connection, found by who sends to whom."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from connectors.as2 import receiving
from connectors.as2.connector import As2Connector
from connectors.as2.headers import HeaderError, read_address
from hub.ports import Call, Connector, HttpRequest, HttpResponse, Services


class As2Gateway:
    """Finds the connection by AS2-From and AS2-To, compared letter by letter."""

    def __init__(self, connectors: Mapping[str, Connector], services: Services) -> None:
        self._services = services
        self._by_names: dict[tuple[str, str], tuple[str, As2Connector]] = {}
        for name, connector in connectors.items():
            if isinstance(connector, As2Connector):
                key = (connector.settings.partner_name, connector.settings.our_name)
                self._by_names.setdefault(key, (name, connector))

    def admit(self, head: HttpRequest) -> HttpResponse | None:
        """Refuse a body that its connection would not take, before it is read; a stranger's, where no connection would."""
        if head.method != "POST":
            return None
        try:
            address = read_address(head.headers)
        except HeaderError:
            address = None
        found = None if address is None else self._by_names.get((address.sender, address.receiver))
        if found is not None:
            return receiving.too_large(head, found[1].settings.max_size, found[0])
        sizes = [connector.settings.max_size for _, connector in self._by_names.values()]
        return receiving.too_large(head, max(sizes, default=0))

    def receive(self, request: HttpRequest) -> Call:
        """The call for one posted message or MDN; never an exception for anything a stranger can send."""
        if request.method != "POST":
            return receiving.not_as2(request, 405, "AS2-120", "AS2 messages are posted.")
        try:
            address = read_address(request.headers)
        except HeaderError as fault:
            return receiving.not_as2(request, 400, "AS2-121", f"This is not an AS2 message: {fault}.")
        found = self._by_names.get((address.sender, address.receiver))
        if found is None:
            return receiving.unknown_relation(request, address, self._services.now())
        name, connector = found
        return replace(connector.take(request, address), connection=name)
