"""The pages that are looked at: of a run, of many, of what goes wrong, with names that hurt.

Each result is what a command line writes, so that whatever page a command has is looked at. One
more is a line in `RESULTS`.
"""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from tests.commands import desksim
from tests.shipped import ROOT

SCENARIOS = ROOT / "scenarios"
NAMES_THAT_HURT = Path(__file__).with_name("names-that-hurt.yaml")

RESULTS: dict[str, tuple[str | Path, ...]] = {
    "many-runs": ("run", SCENARIOS / "remote-office.yaml", "-n", "30"),
    "many-runs-of-a-pool": ("run", SCENARIOS / "task-workers.yaml", "-n", "3"),
    "lost-zone": ("run", SCENARIOS / "zone-loss-with-recovery.yaml"),
    "pool": ("run", SCENARIOS / "call-centre.yaml"),
    "forecast": ("forecast", SCENARIOS / "studies" / "next-year.yaml", "--draws", "12"),
    "names-that-hurt": ("run", NAMES_THAT_HURT),
    "names-that-hurt-and-swings": ("run", NAMES_THAT_HURT, "--swings", "-s", "horizon=9 d"),
}
"""Command lines by the name of the folder in which their results go."""


def pages(folder: Path) -> Iterator[tuple[str, Path]]:
    """The reference report, and every page that the command lines write, by name."""
    folder.mkdir(parents=True)
    yield "reference", ROOT / "reports" / "reference" / "report.html"
    with ThreadPoolExecutor(2) as both_cores:
        list(both_cores.map(lambda name: _write(folder, name), RESULTS))
    for page in sorted(folder.rglob("*.html")):
        inner = page.relative_to(folder).with_suffix("").parts
        yield "-".join(part for part in inner if part != "report"), page


def _write(folder: Path, name: str) -> None:
    """Run a command line.

    Raises:
        RuntimeError: when it fails, with what it said.
    """
    done = desksim(*RESULTS[name], "-o", folder / name, folder=folder)
    if done.returncode:
        raise RuntimeError(f"{name}: {done.stderr or done.stdout}")
