"""Whether a Ray can be at an address, found out before Ray itself is asked: that tries for half a
minute or more, and prints as it goes.

What is asked is what each client of Ray asks first: its head for the name of the cluster, by gRPC,
which is HTTP/2 (https://grpc.github.io/grpc/core/md_doc__p_r_o_t_o_c_o_l-_h_t_t_p2.html, RFC 9113).
Refused is only what cannot be Ray's head; of the rest Ray is the judge.
"""

from __future__ import annotations

import os
import socket
import struct
from collections.abc import Iterator
from contextlib import closing
from urllib.parse import urlsplit

from .fleet import ClusterError

__all__ = ["ask_whether_ray", "host_and_port"]

CONNECTS = 3.0
"""Seconds until somebody must have taken a connection ..."""
ANSWERS = 5.0
"""... and until an answer to each question must have come."""
PREFACE = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"
DATA, HEADERS, SETTINGS = 0x0, 0x1, 0x4
"""Kinds of frames."""
END_STREAM, END_HEADERS = 0x1, 0x4
FRAME_HEADER = 9
STREAM = 1
LONGEST_FRAME = 1 << 14
"""Bytes of a frame, where nobody has said otherwise."""
QUESTION = "/ray.rpc.NodeInfoGcsService/GetClusterId"
NO_SUCH_METHOD = b"\x0bgrpc-status\x0212"
"""A header as servers with gRPC write it: nobody there knows the question ..."""
WITHOUT_TOKEN = b"\x0bgrpc-status\x0216"
"""... and: who asks has to have a token."""
NOT_FOUND = 0x8D
"""The header ":status: 404", by its number (RFC 7541, appendix A)."""
EMPTY_MESSAGE = bytes(5)
WITH_TLS = ("1", "true", "True", "TRUE")
"""Values of RAY_USE_TLS by which Ray speaks TLS."""
TOKEN = "token"
"""Of RAY_AUTH_MODE: a token is shown. Unasked, Ray shows none to an address that it is told."""
HOW = "write HOST:PORT, as for ray start --address (10.0.0.5:6379), or local, which starts one here"


def host_and_port(address: str, told: str) -> tuple[str, int]:
    """The two, of an address as `ray start --address` takes it; `told`: how the address came here.
    Raises ClusterError for what is none."""
    scheme, separator, rest = address.partition("://")
    if separator and scheme == "ray":
        raise ClusterError(
            f"{told}: Ray's client mode is not supported: who searches has to be on a machine of"
            f" the cluster. Start it there with --cluster auto, as a job (docs/cluster.md), or,"
            f" where this machine has joined the cluster, name the port of its head,"
            f" {_host(rest)}:6379 by default"
        )
    if separator:
        raise ClusterError(f"{told}: this is no address of Ray's head: {HOW}")
    try:
        parts = urlsplit(f"//{address}")
        host, port = parts.hostname, parts.port
    except ValueError:
        host = port = None
    if not host or not port or parts.netloc != address or "@" in address:
        raise ClusterError(f"{told}: this is no address: {HOW}")
    return host, port


def _host(rest: str) -> str:
    """The host of an address behind its scheme."""
    return rest.partition("/")[0].rpartition(":")[0] or "HOST"


def ask_whether_ray(address: str, told: str) -> None:
    """Raises ClusterError where there can be no head of Ray at an address: within `CONNECTS` and
    `ANSWERS` seconds. `told`: how the address came here."""
    where = host_and_port(address, told)
    nothing = "is a Ray running there (ray start --head)?"
    try:
        connection = socket.create_connection(where, timeout=CONNECTS)
    except socket.gaierror as error:
        raise ClusterError(f"{told}: there is no machine {where[0]}: {error.strerror}") from error
    except TimeoutError as error:
        why = f"nobody has taken a connection within {CONNECTS:g} s"
        raise ClusterError(f"{told}: {why}; {nothing}") from error
    except OSError as error:
        raise ClusterError(f"{told}: {error.strerror or error}; {nothing}") from error
    with closing(connection):
        if os.environ.get("RAY_USE_TLS") in WITH_TLS:
            return
        connection.settimeout(ANSWERS)
        try:
            why = _why_not(connection, f"{where[0]}:{where[1]}")
        except TimeoutError:
            why = f"it says nothing for {ANSWERS:g} s"
        except OSError as error:
            why = f"it ended the connection ({error.strerror or error})"
    if why == TOKEN:
        if os.environ.get("RAY_AUTH_MODE", "").lower() == TOKEN:
            return
        raise ClusterError(
            f"{told}: this Ray asks for a token: set RAY_AUTH_MODE=token, and have the token of the"
            " cluster in ~/.ray/auth_token or in RAY_AUTH_TOKEN"
        )
    if why:
        raise ClusterError(f"{told}: what listens there is not the head of a Ray: {why}; {HOW}")


def _why_not(connection: socket.socket, authority: str) -> str:
    """Why what is connected is no head of Ray; "" where it may be one, and TOKEN where that asks
    for a token. Raises OSError."""
    connection.sendall(PREFACE + _frame(SETTINGS, 0, 0, b"") + _question(authority))
    first = _read(connection, FRAME_HEADER)
    if len(first) < FRAME_HEADER or first[3] != SETTINGS or first[0]:
        said = first.partition(b"\r")[0].decode("ascii", "backslashreplace")
        return f"it speaks another protocol ({said!r}...)" if said else "it ended the connection"
    for kind, flags, stream, payload in _frames(connection, first):
        if stream == STREAM and kind == HEADERS:
            if NO_SUCH_METHOD in payload or payload.lstrip(b"\x20")[:1] == bytes([NOT_FOUND]):
                return "it speaks HTTP/2 and knows no question of Ray's"
            if WITHOUT_TOKEN in payload:
                return TOKEN
            if flags & END_STREAM:
                return ""
        if stream == STREAM and kind == DATA:
            return ""
    return ""


def _question(authority: str) -> bytes:
    """The frames of a call with an empty message."""
    headers = {
        ":method": "POST", ":scheme": "http", ":path": QUESTION, ":authority": authority,
        "te": "trailers", "content-type": "application/grpc",
    }  # fmt: skip
    # Each as a literal that nobody is to remember (RFC 7541, 6.2.2).
    block = b"".join(
        b"\0" + b"".join(bytes([len(each)]) + each.encode() for each in pair)
        for pair in headers.items()
    )
    return _frame(HEADERS, END_HEADERS, STREAM, block) + _frame(
        DATA, END_STREAM, STREAM, EMPTY_MESSAGE
    )


def _frame(kind: int, flags: int, stream: int, payload: bytes) -> bytes:
    return struct.pack(">I", len(payload))[1:] + struct.pack(">BBI", kind, flags, stream) + payload


def _frames(connection: socket.socket, first: bytes) -> Iterator[tuple[int, int, int, bytes]]:
    """Each frame that comes, until the connection ends: kind, flags, stream, and what is in it.
    `first`: the header of the first one. Raises OSError."""
    header = first
    while len(header) == FRAME_HEADER:
        size = int.from_bytes(header[:3], "big")
        kind, flags, stream = struct.unpack(">BBI", header[3:])
        if size > LONGEST_FRAME:
            return
        yield kind, flags, stream & 0x7FFF_FFFF, _read(connection, size)
        header = _read(connection, FRAME_HEADER)


def _read(connection: socket.socket, size: int) -> bytes:
    """So many bytes, or as many as come until the connection ends or, where some have come, nothing
    more does. Raises OSError."""
    found = b""
    while len(found) < size:
        try:
            more = connection.recv(size - len(found))
        except TimeoutError:
            if not found:
                raise
            break
        if not more:
            break
        found += more
    return found
