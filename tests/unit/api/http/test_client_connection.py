"""A client's connection loses no byte and changes no order, however it is read and written."""

from __future__ import annotations

import socket

from api.http.client_connection import ClientConnection


def test_what_was_read_ahead_comes_first_and_in_any_portion() -> None:
    near, far = socket.socketpair()
    with near, far:
        connection = ClientConnection(near)
        far.sendall(b"one two")
        assert connection.await_request()
        far.sendall(b" three")
        assert connection.recv(3) == b"one"
        assert connection.recv(100) == b" two"
        assert connection.recv(100) == b" three"


def test_an_end_that_was_read_ahead_is_an_end() -> None:
    near, far = socket.socketpair()
    with near:
        connection = ClientConnection(near)
        far.close()
        assert connection.await_request()
        assert connection.recv(100) == b""


def test_a_head_is_sent_with_its_body_and_without_one_at_the_end() -> None:
    near, far = socket.socketpair()
    head = b"HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\n"
    with near, far:
        connection = ClientConnection(near)
        connection.begin_request()
        connection.sendall(head)
        connection.sendall(b"body")
        assert far.recv(1000) == head + b"body"
        connection.begin_request()
        connection.sendall(head)
        connection.end_request()
        assert far.recv(1000) == head
