"""`desksim` as a user starts it: a process of its own, in a folder of its own, with no terminal."""

import os
import subprocess
import sys
from pathlib import Path

DESKSIM = (sys.executable, "-m", "sim")

_HEEDING_CTRL_C = (
    "import signal; signal.signal(signal.SIGINT, signal.default_int_handler); "
    "from sim.cli import main; main()"
)
"""`desksim` where Ctrl-C interrupts even if whoever started the tests has switched that off."""

_APPEARANCE = ("COLUMNS", "LINES", "FORCE_COLOR", "NO_COLOR", "TTY_COMPATIBLE", "TTY_INTERACTIVE")


def environment(**settings: str) -> dict[str, str]:
    """The environment of this process, without what changes how the answer looks."""
    kept = {name: value for name, value in os.environ.items() if name not in _APPEARANCE}
    return kept | {"PYTHONUTF8": "1"} | settings


def desksim(
    *arguments: str | Path, folder: Path, **settings: str
) -> subprocess.CompletedProcess[str]:
    """Run a command line in a folder; `settings` are variables of its environment."""
    return subprocess.run(
        [*DESKSIM, *map(str, arguments)],
        cwd=folder,
        env=environment(**settings),
        capture_output=True,
        encoding="utf-8",
        check=False,
    )


def start(*arguments: str | Path, folder: Path) -> subprocess.Popen[str]:
    """Start a command line in a folder, and do not wait for it."""
    return subprocess.Popen(
        [sys.executable, "-c", _HEEDING_CTRL_C, *map(str, arguments)],
        cwd=folder,
        env=environment(),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        encoding="utf-8",
    )
