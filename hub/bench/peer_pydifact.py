# mypy: ignore-errors
"""Measures pydifact; runs in the peer's own environment, never in the hub's."""

import json
import resource
import sys
import time
from pathlib import Path

from pydifact.parser import Parser

text = Path(sys.argv[1]).read_text(encoding="latin-1")
began = time.process_time()
segments = sum(1 for _ in Parser().parse(text))
seconds = time.process_time() - began
peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
print(json.dumps({"seconds": seconds, "segments": segments, "peak_mb": peak}))
