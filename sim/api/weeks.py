"""An interval from one run: its whole weeks are observations where they do not resemble each other.

It says how far another stretch of as many such weeks would differ, under the holidays, joiners and
leavers that were simulated. What happens once in a run has no such interval, nor has its bill: that
takes several runs.
"""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from sim.report.estimates import estimate_row
from sim.study.estimation import keys_of, weekly
from sim.study.observations import Observations
from sim.study.statistics import Estimate, truncation
from sim.study.weekly import by_week, whole_weeks

if TYPE_CHECKING:
    import pandas as pd

    from sim.api.results import Run

COLUMNS = ("measure", "fleet", "value", "low", "high", "unit", "n", "level", "warm_up", "notes",
           "text")  # fmt: skip


def weekly_estimates(run: "Run") -> "pd.DataFrame":
    """A row for each measure that weeks have, all together and by fleet or pool.

    Raises:
        LookupError: when the run kept no facts.
    """
    import pandas as pd

    if run.facts is None:
        raise LookupError("this run kept no facts, so its weeks cannot be told apart")
    spec = run.scenario.spec
    weeks = by_week(spec, run.names.users, run.facts) if whole_weeks(spec) else []
    rows = [_row(key, weekly(weeks, key), weeks) for key in keys_of(weeks)]
    return pd.DataFrame(rows, columns=list(COLUMNS)).astype({"warm_up": "Int64"})


def _row(key: str, found: Estimate, weeks: Sequence[Observations]) -> dict[str, Any]:
    series = [week[key].value for week in weeks if key in week]
    return estimate_row(key, found) | {"warm_up": truncation(series, batch=1).dropped}
