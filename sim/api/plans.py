"""The plan of a scenario as files, to be looked at, edited and replayed."""

from os import PathLike
from pathlib import Path

from sim.api.loading import Scenario
from sim.storage import write_table
from sim.workload.exports import plan_table, users_table


def write_plan(
    scenario: Scenario,
    folder: str | PathLike[str],
    *,
    suffix: str = "csv",
    replication: int = 0,
) -> dict[Path, int]:
    """Write `plan` and `users` to a folder as `.csv` or `.parquet`; paths with numbers of rows.

    Each file is written whole or not at all; run with both, they give the same facts as the
    scenario.

    Raises:
        ScenarioError: when a file that the scenario reads is wrong.
        OSError: as one sentence, when the system refuses.
    """
    workload = scenario.workload(replication)
    written = {}
    for name, table in (("plan", plan_table), ("users", users_table)):
        path = Path(folder) / f"{name}.{suffix}"
        frame = table(workload, scenario.spec)
        write_table(path, frame)
        written[path] = len(frame)
    return written
