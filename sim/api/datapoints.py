"""Datapoints as they are written: a table, CSV, or the JSON of the service.

Text comes piece by piece, a metric or a result at a time, so that an answer is written while it is
computed.
"""

import json
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from sim.api.metrics import timestamps
from sim.api.recorded import Recorded
from sim.study.cloudwatch import STATISTICS, Metric, Points

if TYPE_CHECKING:
    import pandas as pd

Order = Literal["TimestampDescending", "TimestampAscending"]


@dataclass(frozen=True)
class Series:
    """The datapoints of one metric in one dimension."""

    metric: Metric
    dimension: str
    """`DirectoryId`, `WorkspaceId`, ...; `Pool` for a metric of pools."""
    resource: str
    """Value of the dimension; all desktops of a run are in one directory, named as the scenario."""
    period_s: int
    statistics: tuple[str, ...]
    """Names of those that are wanted, of which the metric has some."""
    points: Points

    @property
    def values(self) -> Mapping[str, list[float]]:
        """The wanted statistics, rounded to the millionth."""
        return {
            name: np.round(self.points.statistics[name], 6).tolist() for name in self.statistics
        }


COLUMNS = (
    "replication",
    "metric",
    "dimension",
    "resource",
    "timestamp",
    "period_s",
    "unit",
    *STATISTICS,
)
"""Of the table, and of its CSV. A statistic is empty where the metric has none, or nobody asked."""


def table(recorded: Recorded, found: Iterable[Series]) -> "pd.DataFrame":
    """All points as one table, with the columns `COLUMNS`."""
    import pandas as pd

    parts = [_frame(recorded, one) for one in found]
    some = [part for part in parts if len(part)] or parts[:1]
    return pd.concat(some, ignore_index=True) if some else pd.DataFrame(columns=list(COLUMNS))


def csv(recorded: Recorded, found: Iterable[Series]) -> Iterator[str]:
    """The same as text, metric by metric."""
    header = ",".join(COLUMNS) + "\n"
    for one in found:
        yield header + _frame(recorded, one).to_csv(index=False, lineterminator="\n", header=False)
        header = ""
    if header:
        yield header


def _frame(recorded: Recorded, one: Series) -> "pd.DataFrame":
    import pandas as pd

    count, values = len(one.points.at), one.values
    nothing = [np.nan] * count
    return pd.DataFrame(
        {
            "replication": np.full(count, recorded.replication, dtype=np.int32),
            "metric": one.metric.name,
            "dimension": one.dimension,
            "resource": one.resource,
            "timestamp": timestamps(recorded.calendar.start, one.points.at),
            "period_s": one.period_s,
            "unit": one.metric.unit,
            **{name: values.get(name, nothing) for name in STATISTICS},
        }
    )


def metric_data(
    recorded: Recorded, found: Iterable[Series], order: Order = "TimestampDescending"
) -> Iterator[str]:
    """The text of one JSON document in the form in which `GetMetricData` answers.

    One result for each metric and statistic, newest point first unless the order says otherwise, as
    the service has it. Source: CloudWatch API reference, GetMetricData (botocore 1.44.5).
    """
    ids: Counter[str] = Counter()
    before = opening = '{"MetricDataResults": [\n'
    for one in found:
        for result in _results(recorded, one, order, ids):
            yield before + json.dumps(result)
            before = ",\n"
    yield f'{opening if before == opening else ""}\n], "Messages": []}}\n'


def _results(
    recorded: Recorded, one: Series, order: Order, ids: Counter[str]
) -> Iterator[dict[str, Any]]:
    step = -1 if order == "TimestampDescending" else 1
    at = timestamps(recorded.calendar.start, one.points.at)[::step].tolist()
    several = f"{one.resource} " if one.dimension == "Pool" else ""
    for statistic, values in one.values.items():
        name = f"{one.metric.name[0].lower()}{one.metric.name[1:]}_{statistic.lower()}"
        ids[name] += 1
        yield {
            "Id": name if ids[name] == 1 else f"{name}_{ids[name]}",
            "Label": f"{several}{one.metric.name}{_which(one.statistics, statistic)}",
            "Timestamps": at,
            "Values": values[::step],
            "StatusCode": "Complete",
        }


def _which(statistics: Collection[str], statistic: str) -> str:
    """What tells a statistic from the others of its metric in a label."""
    return f" {statistic}" if len(statistics) > 1 else ""
