"""The plan of a scenario as files, to be looked at, edited and replayed."""

from os import PathLike
from pathlib import Path

from sim.api.loading import Scenario
from sim.storage import write_table
from sim.workload.exports import plan_table, users_table

SUFFIXES = ("csv", "parquet")
"""Kinds of files."""


def plan_files(out: str | PathLike[str], suffix: str | None = None) -> tuple[Path, Path]:
    """Where a plan and its users go: to `out` itself and `users` beside it, or both into a folder.

    Args:
        out: a file that ends in `.csv` or `.parquet`, else a folder.
        suffix: kind of files; by default that of `out`, and `csv` in a folder.

    Raises:
        ValueError: when the file is of another kind, or is that of the users.
    """
    out = Path(out)
    kind = out.suffix.removeprefix(".")
    if kind not in SUFFIXES or out.is_dir():
        plan, kind = out / f"plan.{suffix or 'csv'}", suffix or "csv"
    elif suffix not in (None, kind):
        raise ValueError(f"expected a file that ends in .{suffix}, got '{out}'")
    elif out.stem == "users":
        raise ValueError(f"expected another name for the plan, '{out}' is that of its users")
    else:
        plan = out
    return plan, plan.with_name(f"users.{kind}")


def write_plan(
    scenario: Scenario,
    out: str | PathLike[str],
    *,
    suffix: str | None = None,
    replication: int = 0,
) -> dict[Path, int]:
    """Write the plan and the users to where `plan_files` says; paths with numbers of rows.

    Each file is written whole or not at all; run with both, they give the same facts as the
    scenario.

    Raises:
        ValueError: when `out` and `suffix` do not fit together.
        ScenarioError: when a file that the scenario reads is wrong.
        OSError: as one sentence, when the system refuses.
    """
    files = plan_files(out, suffix)
    workload = scenario.workload(replication)
    written = {}
    for path, table in zip(files, (plan_table, users_table), strict=True):
        frame = table(workload, scenario.spec)
        write_table(path, frame)
        written[path] = len(frame)
    return written
