"""Hosts that fall silent, dribble or send rubbish, at every stage: each ends in time with a delivery error."""

import contextlib
import socket
import struct
import threading
import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from connectors.files.remote import RemoteRefusal
from connectors.ftps import CONNECTOR as FTPS
from connectors.sftp import CONNECTOR as SFTP
from connectors.sftp.protocol import SftpChannel
from hub.errors import DeliveryError, TemporaryDeliveryError, UncertainDeliveryError
from hub.ports import OutboundDocument
from hub.testing.services import FakeServices

QUICK = {"connect": 0.4, "banner": 0.4, "auth": 0.4, "channel": 0.4, "read": 0.4, "transfer": 5}
PATIENCE = 3.0
DOCUMENT = OutboundDocument(payload=b"ISA" * 100, idempotency_key="k", name="a.edi")


def in_time(call):
    started = time.monotonic()
    with pytest.raises(DeliveryError) as error:
        call()
    assert time.monotonic() - started < PATIENCE
    return error.value


class Dribbling(OutboundDocument):
    """A document whose bytes come slowly."""

    def pieces(self):
        for _ in range(20):
            time.sleep(0.05)
            yield b"x" * 1000


@pytest.mark.parametrize("operation", ["list", "fetch", "put", "rename", "remove", "look", "end"])
def test_every_stage_that_falls_silent_ends_in_time(far, stored, operation):
    far.put("a.edi")
    connector = far.build(inbox="in", outbox="out", timeouts=QUICK)
    arrival = next(connector.poll())
    connector.send(OutboundDocument(payload=b"x", idempotency_key="k0", name="first.edi"))
    far.misbehave("stall", operation)
    if operation in ("put", "rename"):
        error = in_time(lambda: connector.send(DOCUMENT))
        assert isinstance(error, UncertainDeliveryError if operation == "rename" else TemporaryDeliveryError)
    elif operation == "remove":
        in_time(lambda: arrival.release(stored))
    else:
        in_time(lambda: list(connector.poll()))
    far.recover()
    assert [each.document.payload for each in far.build(inbox="in").poll()] == [b"ISA*1"], "nothing is lost"


def test_an_sftp_login_that_is_not_answered_ends_in_time(sftp_far):
    sftp_far.host.behaviour.login_stalls = True
    assert in_time(sftp_far.build(inbox="in", timeouts=QUICK).check).code == "DLV-437"


def test_an_sftp_service_that_never_speaks_ends_in_time(sftp_far):
    sftp_far.host.stop()
    sftp_far.host.behaviour.sftp_stalls = True
    sftp_far.host.start()
    assert in_time(sftp_far.build(inbox="in", timeouts=QUICK).check).code == "DLV-437"


@pytest.mark.parametrize("command", ["AUTH", "USER", "PASS", "PBSZ", "PROT", "TYPE", "FEAT", "PWD", "PASV", "CWD"])
def test_an_ftp_command_that_is_not_answered_ends_in_time(ftps_far, command):
    ftps_far.host.behaviour.stall.add(command)
    in_time(ftps_far.build(inbox="in", timeouts=QUICK).check)


@contextlib.contextmanager
def talker(talk):
    """A server that says what `talk` makes it say."""
    listener = socket.create_server(("127.0.0.1", 0))
    stop = threading.Event()
    served = []

    def serve():
        with contextlib.suppress(OSError):
            while not stop.is_set():
                connection, _ = listener.accept()
                served.append(connection)
                with contextlib.suppress(OSError):
                    talk(connection, stop)

    thread = threading.Thread(target=serve, daemon=True)
    thread.start()
    yield listener.getsockname()[1]
    stop.set()
    listener.shutdown(socket.SHUT_RDWR)
    listener.close()
    thread.join(2)
    for connection in served:
        connection.close()


def silent(connection, stop):
    stop.wait(5)


def dribble(connection, stop):
    while not stop.wait(0.05):
        connection.sendall(b"2")


def greets_only(connection, stop):
    connection.sendall(b"SSH-2.0-quiet\r\n")
    stop.wait(5)


def rubbish(connection, stop):
    connection.sendall(b"SSH-2.0-odd\r\n" + bytes(range(256)) * 64)
    stop.wait(5)


def not_ssh(connection, stop):
    connection.sendall(b"220 ftp here\r\n")
    stop.wait(5)


def hangs_up(connection, stop):
    connection.close()


@pytest.mark.parametrize("talk", [silent, dribble, greets_only, rubbish, not_ssh, hangs_up])
@pytest.mark.parametrize("kind", ["sftp", "ftps", "implicit"])
def test_a_port_with_something_else_behind_it_ends_in_time(kind, talk):
    spec = SFTP if kind == "sftp" else FTPS
    more = (
        {"host_keys": ["SHA256:" + "A" * 43]} if kind == "sftp" else {"tls": "implicit" if kind == "implicit" else "explicit"}
    )
    with talker(talk) as port:
        connector = spec.build(
            spec.settings(host="127.0.0.1", port=port, user="u", password={"env": "P"}, inbox="in", timeouts=QUICK, **more),
            FakeServices(secrets={"env:P": "secret-canary"}),
        )
        error = in_time(connector.check)
        connector.close()
    assert "canary" not in error.message + error.hint


def test_a_transfer_that_dribbles_is_cut_when_its_time_is_over(sftp_far):
    (sftp_far.root / "in" / "slow.edi").write_bytes(b"x" * 4_000_000)
    sftp_far.host.behaviour.watch["read"] = lambda path: time.sleep(0.03)
    connector = sftp_far.build(inbox="in", timeouts={**QUICK, "read": 2, "transfer": 0.7})
    assert in_time(lambda: list(connector.poll())).code == "DLV-446"


def test_an_ftp_transfer_that_dribbles_is_cut_when_its_time_is_over(ftps_far):
    connector = ftps_far.build(outbox="out", timeouts={**QUICK, "read": 2, "transfer": 0.7})
    error = in_time(lambda: connector.send(Dribbling(payload=b"x", idempotency_key="k", name="slow.edi")))
    assert error.code == "DLV-446"
    assert ftps_far.files("out") in ([], ["slow.edi.8254c329a928.part"])


class Scripted:
    """A channel that answers with given bytes and then falls silent."""

    def __init__(self, answers):
        self.answers = answers

    def settimeout(self, timeout):
        pass

    def sendall(self, data):
        pass

    def recv(self, count):
        piece, self.answers = self.answers[:count], self.answers[count:]
        if not piece:
            raise TimeoutError
        return piece


def packet(kind, body):
    return struct.pack(">IB", len(body) + 1, kind) + body


PACKETS = st.lists(
    st.one_of(
        st.binary(max_size=60),
        st.builds(packet, st.sampled_from([101, 102, 103, 104, 105, 2, 0, 255]), st.binary(max_size=80)),
        st.builds(
            lambda kind, number, body: packet(kind, struct.pack(">I", number) + body),
            st.sampled_from([101, 102, 103, 104, 105]),
            st.integers(1, 4),
            st.binary(max_size=80),
        ),
    ),
    max_size=6,
)
VERSION = packet(2, struct.pack(">I", 3))
USES = [
    lambda sftp: list(sftp.listing(b"in")),
    lambda sftp: list(sftp.read(b"a", 10)),
    lambda sftp: sftp.write(b"a", iter([b"x"])),
    lambda sftp: sftp.look(b"a"),
    lambda sftp: sftp.rename(b"a", b"b"),
]


@settings(max_examples=300, deadline=None)
@given(PACKETS, st.sampled_from(USES))
def test_whatever_a_server_sends_ends_in_an_error_of_ours(answers, use):
    with contextlib.suppress(DeliveryError, RemoteRefusal):
        use(SftpChannel(Scripted(VERSION + b"".join(answers)), 1.0))
