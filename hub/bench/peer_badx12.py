# mypy: ignore-errors
"""Measures badx12; runs in the peer's own environment, never in the hub's.

Its dependency dicttoxml imports names that Python 3.10 removed from `collections`; they are put back before the import.
"""

import collections
import collections.abc
import json
import resource
import sys
import time
from pathlib import Path

for name in ("Iterable", "Mapping", "MutableMapping", "Sequence"):
    setattr(collections, name, getattr(collections.abc, name))

from badx12 import Parser  # noqa: E402

text = Path(sys.argv[1]).read_text(encoding="latin-1")
began = time.process_time()
document = Parser().parse_document(text)
seconds = time.process_time() - began
peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
sets = sum(len(group.transaction_sets) for group in document.interchange.groups)
print(json.dumps({"seconds": seconds, "segments": sets, "peak_mb": peak}))
