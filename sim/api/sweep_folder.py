"""The folder of a sweep: what was asked, what is done, and all results as one table.

`sweep.json` says which points there are and which tasks belong to them, so that the folder can be
looked at without the files that the sweep was made of. Beside it are the results of single tasks
(`sim.study.task_store`) and the table of all of them, `results.parquet` and `results.csv`.
"""

import json
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sim import __version__
from sim.api.errors import ResultError
from sim.api.sweep_plan import SweepPlan
from sim.scenario.sweeps import Target
from sim.storage import write_table, write_text
from sim.study.estimation import estimate
from sim.study.observations import Observation, Observations, in_order
from sim.study.points import design_points
from sim.study.statistics import Estimate
from sim.study.task_store import TaskStore

if TYPE_CHECKING:
    import pandas as pd

SCHEMA = "desksim/sweep/1"
"""Name and version of the document."""
DOCUMENT = "sweep.json"
TABLES = ("results.parquet", "results.csv")

Document = dict[str, Any]


@dataclass(frozen=True)
class PointResult:
    """What the runs of one point say."""

    id: str
    settings: Mapping[str, str]
    """Each varied setting's value, as it is written."""
    runs: Mapping[int, Observations]
    """By replication; those that are finished."""
    missing: int
    """Replications that are not, or that failed."""

    def estimate(self, measure: str) -> Estimate:
        """A measure over the replications, `cost` or `cost[office]`."""
        return estimate(list(self.runs.values()), measure)

    def misses(self, targets: Mapping[str, Target]) -> list[str]:
        """Targets that it does not keep to, or that nothing is known about."""
        found = {key: self.estimate(key).value for key in targets}
        return [
            key
            for key, target in targets.items()
            if (value := found[key]) is None or not target.met_by(value)
        ]


class SweepFolder:
    """A sweep as it stands on the disk.

    Args:
        folder: the folder of a sweep.

    Raises:
        ResultError: when it is none.
    """

    def __init__(self, folder: str | os.PathLike[str]) -> None:
        self.folder = Path(folder)
        self.store = TaskStore(self.folder)
        self._document = _read(self.folder)

    @property
    def name(self) -> str:
        """Name of the sweep."""
        return str(self._document["name"])

    @property
    def replications(self) -> int:
        """Runs of each point."""
        return int(self._document["replications"])

    @property
    def settings(self) -> list[str]:
        """The settings that are varied."""
        return list(self._document["settings"])

    @property
    def targets(self) -> dict[str, Target]:
        """What each measure has to keep to."""
        said = self._document["targets"].items()
        return {key: Target.model_validate(target) for key, target in said}

    @property
    def design(self) -> list[str] | None:
        """The point of each row of a sensitivity design; None if it has none."""
        found: list[str] | None = self._document.get("design")
        return found

    @property
    def asked(self) -> Document:
        """The command that made it: `file`, `parameters`, `overrides`, `replications`."""
        asked: Document = self._document["asked"]
        return {**asked, "file": os.path.normpath(self.folder / asked["file"])}

    @property
    def keys(self) -> list[str]:
        """All tasks, each once."""
        tasks = (key for point in self._document["points"] for key in point["tasks"])
        return list(dict.fromkeys(tasks))

    @cached_property
    def _results(self) -> dict[str, Document]:
        return dict(self.store.results(self.keys))

    @property
    def done(self) -> int:
        """Tasks that are finished."""
        return len(self._results)

    @property
    def failed(self) -> dict[str, str]:
        """Why a task failed, by the name of its point and replication: `3f2a9c1b replication 0`."""
        messages = self.store.failures(key for key in self.keys if key not in self._results)
        return {
            f"{point['id']} replication {replication}": messages[key]
            for point in self._document["points"]
            for replication, key in enumerate(point["tasks"])
            if key in messages
        }

    @cached_property
    def points(self) -> list[PointResult]:
        """The points, in order."""
        return [self._point(point) for point in self._document["points"]]

    def _point(self, said: Document) -> PointResult:
        runs = {
            replication: _observations(self._results[key])
            for replication, key in enumerate(said["tasks"])
            if key in self._results
        }
        return PointResult(said["id"], said["settings"], runs, len(said["tasks"]) - len(runs))

    @property
    def table(self) -> "pd.DataFrame":
        """A row for each measure of each finished run.

        Columns: `point`, each varied setting, `replication`, `measure`, `numerator`, `denominator`,
        `value`; in the order of the points, replications and measures.
        """
        import pandas as pd

        rows = [
            (point.id, *(point.settings.get(key, "") for key in self.settings), replication, key,
             float(found[key].numerator), float(found[key].denominator), found[key].value)
            for point in self.points
            for replication, found in sorted(point.runs.items())
            for key in in_order(found)
        ]  # fmt: skip
        numbers = ["numerator", "denominator", "value"]
        columns = ["point", *self.settings, "replication", "measure", *numbers]
        frame = pd.DataFrame(rows, columns=columns)
        texts = dict.fromkeys(["point", *self.settings, "measure"], "str")
        return frame.astype({**texts, "replication": "int32", **dict.fromkeys(numbers, "float64")})

    def __repr__(self) -> str:
        failed = f", {len(self.failed)} failed" if self.failed else ""
        runs = f"{self.done} of {len(self.keys)} runs{failed}"
        return f"<SweepFolder {self.name}: {len(self.points)} points, {runs}>"

    def _repr_html_(self) -> str:
        from sim.api.cards import sweep_card

        return sweep_card(self)

    def compact(self) -> None:
        """Write all finished results as one table.

        Raises:
            OSError: as one sentence, when the system refuses.
        """
        table = self.table
        for name in TABLES:
            write_table(self.folder / name, table)

    def collect(self, others: Sequence[str | os.PathLike[str]]) -> "SweepFolder":
        """Take over what other folders of the same sweep have, and write the table.

        Raises:
            ResultError: when one of them is no sweep.
            OSError: as one sentence, when the system refuses.
        """
        for other in others:
            self.store.take(SweepFolder(other).store, self.keys)
        collected = SweepFolder(self.folder)
        collected.compact()
        return collected


def prepare(plan: SweepPlan, out: Path) -> None:
    """Say in a folder what is going to be done there.

    Raises:
        FileExistsError: when something else stands there.
        OSError: as one sentence, when the system refuses.
    """
    if out.is_dir() and any(out.iterdir()) and not (out / DOCUMENT).is_file():
        raise FileExistsError(
            f"cannot write {out}: it holds files that no sweep has written; choose another folder"
        )
    file = os.path.relpath(plan.sweep.file, out)
    rows = design_points(plan.sweep)
    document = {
        "schema": SCHEMA,
        "desksim": __version__,
        "name": plan.sweep.spec.name,
        "description": plan.sweep.spec.description,
        "asked": {
            "file": Path(file).as_posix(),
            "parameters": [[key, list(values)] for key, values in plan.parameters],
            "overrides": list(plan.overrides),
            "replications": plan.replications,
        },
        "replications": plan.replications,
        "settings": plan.settings,
        "targets": {
            key: target.model_dump(exclude_none=True) for key, target in plan.targets.items()
        },
        "points": [
            {
                "id": one.point.id,
                "settings": dict(one.point.written),
                "scenario": one.hash,
                "tasks": [one.key(replication) for replication in range(plan.replications)],
            }
            for one in plan.points
        ],
        **({} if rows is None else {"design": [row.id for row in rows]}),
    }
    write_text(out / DOCUMENT, json.dumps(document, indent=1, ensure_ascii=False) + "\n")


def _read(folder: Path) -> Document:
    try:
        document = json.loads((folder / DOCUMENT).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        document = None
    if not isinstance(document, dict) or document.get("schema") != SCHEMA:
        raise ResultError(f"expected the folder of a sweep, with its {DOCUMENT}, got '{folder}'")
    return document


def _observations(result: Document) -> Observations:
    return {
        key: Observation(Decimal(part), Decimal(whole))
        for key, (part, whole) in result["measures"].items()
    }
