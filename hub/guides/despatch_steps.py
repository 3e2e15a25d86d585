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
    """The shipment is written as the first CPS; packages count on from there, each behind the one it stands on.

    A package that stands on none stands on the shipment. Ids are the message's own: what the document calls them only ties them.
    """
    inside: dict[str, list[Frame]] = {}
    packages = list(document.get("packages") or ())
    known = {each["id"] for each in packages if each.get("id")}
    for each in packages:
        parent = each.get("parent")
        inside.setdefault(parent if parent in known else "", []).append(each)
    written: list[Frame] = [{"id": _ROOT, "items": document.pop("items", None) or []}]
    waiting = [(each, _ROOT) for each in reversed(inside.pop("", ()))]
    while waiting or inside:
        if not waiting:
            # Packages that stand on each other in a ring stand on the shipment.
            waiting = [(each, _ROOT) for each in inside.pop(next(iter(inside)))]
        package, parent = waiting.pop()
        name = str(len(written) + 1)
        written.append({**package, "id": name, "parent": parent})
        waiting += [(each, name) for each in reversed(inside.pop(package.get("id") or "", ()) if package.get("id") else ())]
    document["packages"] = written
