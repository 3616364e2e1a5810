"""The cable between the browser and the app, which can be pulled out and put back."""

import contextlib
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager


class Wire:
    """Passes bytes between a port of its own and the app at ``port``; unlike a browser's offline mode, pulling it
    closes connections that are open."""

    def __init__(self, port: int) -> None:
        self.port = port
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.address = f"http://127.0.0.1:{self.listener.getsockname()[1]}"
        self.pulled = False
        self.ends: set[socket.socket] = set()
        threading.Thread(target=self._listen, daemon=True).start()

    def pull(self) -> None:
        """Close every connection, and refuse new ones."""
        self.pulled = True
        for end in list(self.ends):
            _shut(end)

    def put_back(self) -> None:
        self.pulled = False

    def close(self) -> None:
        self.pull()
        self.listener.close()

    def _listen(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                browser, _ = self.listener.accept()
                if self.pulled:
                    _shut(browser)
                    continue
                app = socket.create_connection(("127.0.0.1", self.port))
                self.ends |= {browser, app}
                for pair in ((browser, app), (app, browser)):
                    threading.Thread(target=self._pass_on, args=pair, daemon=True).start()

    def _pass_on(self, source: socket.socket, target: socket.socket) -> None:
        with contextlib.suppress(OSError):
            while data := source.recv(65536):
                target.sendall(data)
        for end in (source, target):
            self.ends.discard(end)
            _shut(end)


def _shut(end: socket.socket) -> None:
    with contextlib.suppress(OSError):
        end.shutdown(socket.SHUT_RDWR)
    end.close()


@contextmanager
def wired(address: str) -> Iterator[Wire]:
    """A wire to the app at ``address``."""
    wire = Wire(int(address.rpartition(":")[2]))
    try:
        yield wire
    finally:
        wire.close()
