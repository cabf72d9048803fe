"""The shipped scenarios, each simulated once however many tests look at the result."""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.commands import desksim

ROOT = Path(__file__).parents[1]
SCENARIOS = sorted((ROOT / "scenarios").glob("*.yaml"))
NAMES = [file.stem for file in SCENARIOS]

HASH_SEED = "1"
"""Of the processes of `shipped`: the order of Python's sets depends on it, and no result may."""


@dataclass(frozen=True)
class Result:
    """What a shipped scenario gives: the screen, and the folder of files."""

    name: str
    screen: str
    folder: Path

    def text(self, file: str) -> str:
        """One of its text files."""
        return (self.folder / file).read_text(encoding="utf-8")


def simulate(name: str, shelf: Path, **settings: str) -> Result:
    """Run a shipped scenario below `shelf`, as `desksim run` does below the current folder."""
    done = desksim("run", ROOT / "scenarios" / f"{name}.yaml", folder=shelf, **settings)
    assert (done.returncode, done.stderr) == (0, ""), done.stderr
    return Result(name, done.stdout, shelf / "reports" / name)


def shipped(name: str, temporary: pytest.TempPathFactory) -> Result:
    """The result of a shipped scenario, which the processes that share out the tests share too."""
    base = temporary.getbasetemp()
    shelf = (base.parent if "PYTEST_XDIST_WORKER" in os.environ else base) / "shipped" / name
    shelf.mkdir(parents=True, exist_ok=True)
    screen = shelf / "screen.txt"
    with _alone(shelf / "lock"):
        if not screen.exists():
            found = simulate(name, shelf, PYTHONHASHSEED=HASH_SEED)
            screen.write_text(found.screen, encoding="utf-8")
    return Result(name, screen.read_text(encoding="utf-8"), shelf / "reports" / name)


@contextmanager
def _alone(lock: Path) -> Iterator[None]:
    with lock.open("w") as handle:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield
