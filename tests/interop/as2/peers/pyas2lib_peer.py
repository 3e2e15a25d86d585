"""Run pyas2lib in its own environment: one JSON request a line on stdin, one JSON answer a line on stdout.

oscrypto 1.3.0, on which it rests, cannot read OpenSSL versions with a two-digit patch number; it is shown a shorter one, here only.
"""

import base64
import json
import re
import sys

_search = re.search


def _shorter(pattern, text, *more):
    if isinstance(pattern, str) and pattern.startswith("\\b(\\d\\.\\d\\.\\d"):
        text = re.sub(r"(\d\.\d\.)\d+", r"\g<1>9", text)
    return _search(pattern, text, *more)


re.search = _shorter
import oscrypto.asymmetric  # noqa: E402, F401
from oscrypto import _openssl  # noqa: E402, F401

re.search = _search
from pyas2lib.as2 import Mdn, Message, Organization, Partner  # noqa: E402


def both(request):
    own = request["us"]
    key = (own["certificate"] + own["key"]).encode()
    organization = Organization(as2_name=own["name"], sign_key=key, sign_key_pass=None, decrypt_key=key, decrypt_key_pass=None)
    them = request["them"]
    pem = them["certificate"].encode()
    how = request.get("how", {})
    partner = Partner(as2_name=them["name"], verify_cert=pem, encrypt_cert=pem, validate_certs=False, **how)
    return organization, partner


def raw(text, body):
    return base64.b64encode(text + b"\r\n\r\n" + body).decode()


def build(request):
    organization, partner = both(request)
    message = Message(organization, partner)
    message.build(base64.b64decode(request["payload"]), filename="850.edi", content_type="application/edi-x12")
    mic = message.mic.decode() if isinstance(message.mic, bytes) else message.mic
    return {"raw": raw(message.headers_str.strip(), message.content), "mic": mic, "message_id": message.message_id}


def parse(request):
    organization, partner = both(request)
    message = Message()
    status, problem, mdn = message.parse(base64.b64decode(request["raw"]), lambda _: organization, lambda _: partner)
    payload = message.content if status == "processed" else b""
    answer = {"status": status, "problem": repr(problem), "payload": base64.b64encode(payload).decode()}
    if mdn is not None:
        answer["mdn"] = raw(mdn.headers_str.strip(), mdn.content)
    return answer


def judge(request):
    organization, partner = both(request)
    message = Message(organization, partner)
    message.message_id = request["message_id"].strip("<>")
    message.mic = request["mic"].encode()
    message.digest_alg = request.get("digest", "sha256")
    mdn = Mdn()
    status, detail = mdn.parse(base64.b64decode(request["raw"]), lambda *_: message)
    return {"status": status, "detail": detail}


if __name__ == "__main__":
    print(json.dumps({"ready": True}), flush=True)
    for line in sys.stdin:
        request = json.loads(line)
        try:
            answer = globals()[request["do"]](request)
        except Exception as fault:  # every fault of the peer is an answer, so that the next request is served
            answer = {"fault": repr(fault)}
        print(json.dumps(answer), flush=True)
