"""What every connector promises, whatever it can do."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from typing import Any, ClassVar

import pytest
from pydantic import ValidationError

from hub.config.check import check
from hub.config.document import Document, Path, Place
from hub.errors import DeliveryError
from hub.ports import Connector, ConnectorSpec, OutboundDocument, Poller, Sender
from hub.testing.far_side import FarSide


class ConnectorContract:
    """Base of the suites. `spec` names the connector, `exempt` the tests it cannot have and why.

    An exempt test is taken out of the class and must stand in the connector's `quality.yaml` with the same reason.
    """

    spec: ClassVar[ConnectorSpec]
    exempt: ClassVar[Mapping[str, str]] = {}

    def __init_subclass__(cls, **kwargs: Any) -> None:
        """Take out what is exempt; a name that is no test of the suite is a mistake."""
        super().__init_subclass__(**kwargs)
        for name in cls.__dict__.get("exempt", {}):
            if not callable(getattr(cls, name, None)):
                raise TypeError(f"{cls.__name__} exempts {name}, which is no test of its suite")
            setattr(cls, name, None)

    def build(self, far_side: FarSide, settings: Mapping[str, Any] | None = None) -> Connector:
        """A fresh connector, as after a restart."""
        return self.spec.build(self.spec.settings(**(settings or far_side.settings())), far_side.services)

    def test_check_is_silent_while_the_far_side_is_there(self, far_side: FarSide) -> None:
        self.build(far_side).check()

    def test_check_names_what_is_wrong_when_the_far_side_is_down(self, far_side: FarSide) -> None:
        connector = self.build(far_side)
        far_side.go_down()
        with pytest.raises(DeliveryError) as refused:
            connector.check()
        assert len(refused.value.message) > 10
        assert refused.value.hint
        assert refused.value.code.startswith(("DLV-4", "SEC-", "AS2-"))

    def test_close_may_be_called_twice(self, far_side: FarSide) -> None:
        connector = self.build(far_side)
        connector.close()
        connector.close()

    def test_an_unknown_setting_is_a_diagnostic_at_its_place(self, far_side: FarSide) -> None:
        settings = {**far_side.settings(), "colour_of_the_shed": "blue"}
        places: dict[Path, Place] = {("colour_of_the_shed",): (7, 3)}
        checked = check(Document(file="partner.yaml", value=settings, keys=places, values=places), self.spec.settings)
        found = [one for one in checked.diagnostics if "colour_of_the_shed" in one.message]
        assert [(one.file, one.line, one.level) for one in found] == [("partner.yaml", 7, "error")]

    def test_settings_cannot_be_changed_afterwards(self, far_side: FarSide) -> None:
        settings = self.spec.settings(**far_side.settings())
        field = next(iter(type(settings).model_fields))
        with pytest.raises(ValidationError):
            setattr(settings, field, None)

    def test_secrets_show_nowhere(self, far_side: FarSide, caplog: pytest.LogCaptureFixture) -> None:
        caplog.set_level(logging.DEBUG)
        settings = self.spec.settings(**far_side.settings())
        connector = self.spec.build(settings, far_side.services)
        said = [repr(connector), str(connector), repr(settings), settings.model_dump_json()]
        far_side.go_down()
        try:
            connector.check()
            use(connector)
        except DeliveryError as failure:
            said += [repr(failure), failure.message, failure.hint, repr(failure.__cause__), repr(failure.detail)]
        said += [record.getMessage() for record in caplog.records]
        for name, value in far_side.secrets().items():
            assert value, f"the far side's secret {name} is empty and would prove nothing"
            assert all(value not in text for text in said), f"the secret {name} shows"

    def test_somebody_else_at_the_far_side_is_refused(self, far_side: FarSide) -> None:
        connector = self.build(far_side, far_side.impostor_settings())
        with pytest.raises(DeliveryError):
            use(connector)


def use(connector: Connector) -> None:
    """Do once what the connector is for."""
    if isinstance(connector, Sender):
        connector.send(OutboundDocument(payload=b"ISA*", idempotency_key="contract-1", name="contract.edi"))
    elif isinstance(connector, Poller):
        list(connector.poll())
    else:
        connector.check()
