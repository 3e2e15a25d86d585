"""What schemathesis must know of an Idempotency-Key: it names one request, so that made-up requests do not answer for each other.

Loaded by schemathesis itself (`SCHEMATHESIS_HOOKS`). Its own keys are few and short, and come with ever other bodies: that is
422, as described, and no fault of the body.
"""

import hashlib
import json

import schemathesis

LONGEST = 255


@schemathesis.hook
def before_call(context, case, kwargs):
    """Make a key that is right one of this very request; a wrong one stays wrong."""
    del context, kwargs
    headers = case.headers or {}
    for name in [each for each in headers if each.lower() == "idempotency-key"]:
        key = headers[name]
        if isinstance(key, str) and 0 < len(key) <= LONGEST and key.isascii() and key.isprintable() and key == key.strip():
            asked = json.dumps([key, case.path, case.path_parameters, case.body], default=str, sort_keys=True)
            headers[name] = hashlib.sha256(asked.encode()).hexdigest()
