# mypy: ignore-errors
# ruff: noqa: ANN001, ANN002, ANN201, ANN202, D103
"""Measures pyas2lib; runs in the peer's own environment, never in the hub's.

oscrypto 1.3.0, on which it rests, cannot read OpenSSL versions with a two-digit patch number; it is shown a shorter one, here only.
"""

import json
import os
import re
import sys
import time

_search = re.search


def _shorter(pattern, text, *more):
    if isinstance(pattern, str) and pattern.startswith("\\b(\\d\\.\\d\\.\\d"):
        text = re.sub(r"(\d\.\d\.)\d+", r"\g<1>9", text)
    return _search(pattern, text, *more)


re.search = _shorter
import oscrypto.asymmetric  # noqa: E402, F401

re.search = _search
from pyas2lib.as2 import Mdn, Message, Organization, Partner  # noqa: E402


def side(us, them):
    key = (us["certificate"] + us["key"]).encode()
    organization = Organization(as2_name=us["name"], sign_key=key, sign_key_pass=None, decrypt_key=key, decrypt_key_pass=None)
    pem = them["certificate"].encode()
    how = {"sign": True, "encrypt": True, "enc_alg": "aes_256_cbc", "mdn_mode": "SYNC", "mdn_digest_alg": "sha256"}
    return organization, Partner(as2_name=them["name"], verify_cert=pem, encrypt_cert=pem, validate_certs=False, **how)


def main():
    request = json.loads(sys.stdin.read())
    acme, hub = request["people"]["ACME"], request["people"]["HUB"]
    sender, to_hub = side(acme, hub)
    receiver, from_acme = side(hub, acme)
    payload = os.urandom(request["size"])
    found = {}

    def clock(name, work):
        result, best = work(), None
        for _ in range(request["repeats"]):
            begun = time.process_time()
            for _ in range(request["rounds"]):
                work()
            spent = (time.process_time() - begun) / request["rounds"]
            best = spent if best is None else min(best, spent)
        found[name] = best
        return result

    def build():
        message = Message(sender, to_hub)
        message.build(payload, content_type="application/octet-stream")
        return message

    sent = clock("build", build)
    arrived = sent.headers_str.strip() + b"\r\n\r\n" + sent.content

    def receive():
        status, problem, mdn = Message().parse(arrived, lambda _: receiver, lambda _: from_acme)
        assert status == "processed", problem
        return mdn

    mdn = clock("receive + signed MDN", receive)
    returned = mdn.headers_str.strip() + b"\r\n\r\n" + mdn.content

    def judge():
        status, detail = Mdn().parse(returned, lambda *_: sent)
        assert status == "processed", detail

    clock("judge MDN", judge)
    print(json.dumps(found))


main()
