"""Steps of despatch advices: the shipment that is no package, and the orders that its items name."""

from __future__ import annotations

from hub.guides.run import Frame, Note

_ROOT = "1"


def read_shipment_level(document: Frame, _notes: list[Note]) -> None:
    """The outermost CPS without a kind or an SSCC is the shipment itself: what stands in it stands in no package."""
    packages = document.get("packages") or []
    shipments = [each for each in packages if not {"parent", "kind", "kind_code", "sscc"} & set(each)]
    for shipment in shipments:
        items = shipment.get("items")
        if items:
            document.setdefault("items", []).extend(items)
    identities = {id(each) for each in shipments}
    kept = [each for each in packages if id(each) not in identities]
    names = {shipment["id"] for shipment in shipments if shipment.get("id")}
    for each in packages:
        if each.get("parent") in names:
            del each["parent"]
    if kept:
        document["packages"] = kept
    else:
        document.pop("packages", None)


def write_shipment_level(document: Frame) -> None:
    """The shipment is written as the first CPS, and every package that stands on none stands on it."""
    packages = [{**each, "parent": each.get("parent") or _ROOT} for each in document.get("packages") or ()]
    document["packages"] = [{"id": _ROOT, "items": document.pop("items", None) or []}, *packages]
