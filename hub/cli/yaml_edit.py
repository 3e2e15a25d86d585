"""Replaces one value of a YAML file a person wrote; everything else in it stays as it stands, comments included."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

import yaml

from hub.errors import NotFound


def replaced(text: str, path: Sequence[str], value: Any) -> str:
    """The text with the value at a path of keys replaced, written in flow style; raises `NotFound` where there is none."""
    node: yaml.Node | None = yaml.compose(text, Loader=yaml.SafeLoader)
    start = 0
    for name in path:
        found = [pair for pair in node.value if pair[0].value == name] if isinstance(node, yaml.MappingNode) else []
        if not found:
            raise NotFound(f"the file has no {'.'.join(path)}", "write it there first; `edihub lint` says what it may hold")
        key, node = found[0]
        start = key.end_mark.index
    assert node is not None
    # on the line of its key: below it, flow style would have to be indented further than block style is
    return f"{text[:start]}: {json.dumps(value, ensure_ascii=False)}{text[_end(node) :]}"


def _end(node: yaml.Node) -> int:
    """Where a value ends: a block collection's own mark stands behind the comments and blank lines that follow it."""
    is_block = isinstance(node, yaml.CollectionNode) and not node.flow_style
    if not is_block:
        return int(node.end_mark.index)
    last = node.value[-1]
    return _end(last[1] if isinstance(last, tuple) else last)
