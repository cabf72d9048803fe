"""Chromium without a window, told what to do over the pipe of the DevTools protocol.

The protocol is JSON between zero bytes, on file descriptors 3 and 4 of the browser. A library for
it would bring a Node.js of its own, larger than all else that desksim needs, for ten commands.
Source: https://chromedevtools.github.io/devtools-protocol/, version 1.3.
"""

import fcntl
import json
import os
import select
import shutil
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

PROGRAMS = ("chromium", "chromium-browser", "google-chrome")

MISSING = (
    "`make look` needs Chromium, and none of "
    f"{', '.join(PROGRAMS)} was found. On Debian: apt-get install chromium"
)

_FLAGS = (
    "--headless",
    "--remote-debugging-pipe",
    "--disable-gpu",
    "--hide-scrollbars",
    "--no-first-run",
    # Nothing but the page is asked for: no updates, no experiments, no account.
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-quic",
)
_PATIENCE = 60.0
"""How long one answer may take [s]."""


@dataclass
class Browser:
    """A browser with one page open, and what it reported of that page."""

    _tell: int
    _hear: int
    _session: str = ""
    _number: int = 0
    _rest: bytes = b""
    events: list[dict[str, Any]] = field(default_factory=list)
    """What the page reported, in order, since it was last opened."""

    def open(self, page: Path) -> None:
        """Show a file, in a tab that knows nothing of the one before."""
        if self._session:
            self.do("Page.close")
        target = self._do("Target.createTarget", "", {"url": "about:blank"})["targetId"]
        attached = self._do("Target.attachToTarget", "", {"targetId": target, "flatten": True})
        self._session = attached["sessionId"]
        for domain in ("Page", "Runtime", "Log", "Network"):
            self.do(f"{domain}.enable")
        self.events.clear()
        shown = self.do("Page.navigate", url=page.resolve().as_uri())
        if "errorText" in shown:
            raise RuntimeError(f"{page}: {shown['errorText']}")
        while not any(event["method"] == "Page.loadEventFired" for event in self.events):
            self.events.append(self._next())

    def do(self, command: str, **parameters: Any) -> dict[str, Any]:
        """What the browser answers to a command about the page.

        Raises:
            RuntimeError: when it refuses, or does not answer.
        """
        return self._do(command, self._session, parameters)

    def evaluate(self, script: str) -> Any:
        """The value of an expression on the page."""
        answer = self.do("Runtime.evaluate", expression=script, returnByValue=True)
        if "exceptionDetails" in answer:
            raise RuntimeError(answer["exceptionDetails"]["exception"]["description"])
        return answer["result"].get("value")

    def _do(self, command: str, session: str, parameters: dict[str, Any]) -> dict[str, Any]:
        self._number += 1
        message = {"id": self._number, "method": command, "params": parameters}
        if session:
            message["sessionId"] = session
        sent = json.dumps(message).encode() + b"\0"
        while sent:
            sent = sent[os.write(self._tell, sent) :]
        while True:
            answer = self._next()
            if answer.get("id") == self._number:
                break
            if "method" in answer:
                self.events.append(answer)
        if "error" in answer:
            raise RuntimeError(f"{command}: {answer['error']['message']}")
        result: dict[str, Any] = answer["result"]
        return result

    def _next(self) -> dict[str, Any]:
        """The next message of the browser."""
        parts = [self._rest]
        while b"\0" not in parts[-1]:
            if not select.select([self._hear], [], [], _PATIENCE)[0]:
                raise RuntimeError(f"Chromium did not answer within {_PATIENCE:.0f} s")
            read = os.read(self._hear, 1 << 20)
            if not read:
                raise RuntimeError("Chromium ended")
            parts.append(read)
        text, _, self._rest = b"".join(parts).partition(b"\0")
        message: dict[str, Any] = json.loads(text)
        return message


@contextmanager
def chromium(log: Path) -> Iterator[Browser]:
    """A browser that ends with the block; what it complains of goes to `log`.

    Raises:
        LookupError: when there is none on this machine.
    """
    program = next(filter(None, map(shutil.which, PROGRAMS)), None)
    if program is None:
        raise LookupError(MISSING)
    # Root has no sandbox to give away; the pages are our own files.
    sandbox = ("--no-sandbox",) if os.geteuid() == 0 else ()
    hears, tell = map(_out_of_the_way, os.pipe())
    hear, tells = map(_out_of_the_way, os.pipe())
    with TemporaryDirectory(ignore_cleanup_errors=True) as profile:
        process = os.posix_spawn(
            program,
            [program, *_FLAGS, *sandbox, f"--user-data-dir={profile}"],
            os.environ,
            file_actions=[
                (os.POSIX_SPAWN_DUP2, hears, 3),
                (os.POSIX_SPAWN_DUP2, tells, 4),
                (os.POSIX_SPAWN_OPEN, 2, str(log), os.O_CREAT | os.O_WRONLY | os.O_TRUNC, 0o644),
            ],
        )
        os.close(hears)
        os.close(tells)
        try:
            yield Browser(tell, hear)
        finally:
            os.close(tell)  # it ends by itself when nobody can tell it anything any more
            _end(process)
            os.close(hear)


def _out_of_the_way(descriptor: int) -> int:
    """The same pipe under a number that is not 3 or 4, which no other process inherits."""
    moved = fcntl.fcntl(descriptor, fcntl.F_DUPFD_CLOEXEC, 10)
    os.close(descriptor)
    return moved


def _end(process: int) -> None:
    for _ in range(50):
        if os.waitpid(process, os.WNOHANG)[0]:
            return
        time.sleep(0.1)
    os.kill(process, 9)
    os.waitpid(process, 0)
