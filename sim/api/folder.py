"""The folder of a result: which files it has, and how they are written.

A result folder belongs to desksim: a newer result of the same name replaces it whole. It is known
by its `summary.json`, and by holding nothing else than what a run writes; a folder with anybody's
notes in it is never replaced.
"""

import json
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING

from sim.api.summary import SCHEMA
from sim.record import Table
from sim.scenario.resolved import resolved_yaml
from sim.storage import FactStore, replace_folder, write_table, write_text
from sim.study.statistics.weeks import FEWEST
from sim.study.weekly import whole_weeks

if TYPE_CHECKING:
    import pandas as pd

    from sim.api.results import Run

SUMMARY = "summary.json"
CHARGES = "charges.csv"
INVOICE = "invoice.csv"
RESOLVED = "resolved.yaml"
REPORT = "report.html"
METRICS = ("pool_metrics.csv", "pool_metrics.parquet")
OPTIMIZED = ("cost_optimizer.csv", "cost_optimizer_hours.csv")
FACTS = "facts"
FOCUS = "focus.parquet"
"""Where `desksim export focus` writes, unless it is told otherwise."""

STUDY, OBSERVATIONS, ESTIMATES = "study.json", "observations.csv", "estimates.csv"

WEEKS = "weeks.csv"

SWINGS = "swings.csv"

SELDOM = frozenset({*METRICS, *OPTIMIZED, STUDY, OBSERVATIONS, ESTIMATES, WEEKS, SWINGS})
"""What only pools, fleets that the Cost Optimizer looks after, several replications, one of at
least ten whole weeks, or a run with swings have."""

_REPLICATION = "replication-"
"""How the folders of the other runs begin, where all are kept in full."""

FILES = frozenset({SUMMARY, CHARGES, INVOICE, RESOLVED, REPORT, *SELDOM, FACTS})
"""Everything that a run writes."""

WORKBOOK = "workbook.xlsx"
"""Where `desksim export excel` writes, unless it is told otherwise."""

OURS = FILES | {FOCUS, WORKBOOK}
"""What a folder of ours may hold."""


def is_result(folder: Path) -> bool:
    """Whether a folder is a result of a run and holds nothing else."""
    others = [path for path in folder.iterdir() if _is_replication(path)]
    names = {path.name for path in folder.iterdir()} - {path.name for path in others}
    if not all(is_result(other) for other in others):
        return False
    if not names <= OURS or not all(p.suffix == ".parquet" for p in (folder / FACTS).glob("*")):
        return False
    try:
        document = json.loads((folder / SUMMARY).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return False
    return isinstance(document, dict) and str(document.get("schema", "")).startswith(
        SCHEMA.rpartition("/")[0]
    )


def replication_folder(folder: Path, number: int) -> Path:
    """Where the other runs of a study are, each in full: `replication-0001`."""
    return folder / f"{_REPLICATION}{number:04d}"


def _is_replication(path: Path) -> bool:
    number = path.name.removeprefix(_REPLICATION)
    return path.is_dir() and path.name.startswith(_REPLICATION) and number.isdecimal()


def write(run: "Run", out: Path) -> Path:
    """Write a run that is in memory, or on disk elsewhere, to a folder of its own."""
    with replace_folder(out, is_result) as folder:
        if run.facts is not None:
            copied = FactStore[Table](folder / FACTS, replication=run.replication)
            for schema in run.facts.schemas():
                copied.add(run.facts.table(schema))
            copied.close()
        fill(folder, run)
    return out


def fill(folder: Path, run: "Run", *, minutes: bool = True) -> None:
    """Write everything but the facts into a folder.

    Args:
        folder: an empty one.
        run: with its facts, if it kept any.
        minutes: whether the metrics of each minute, and the reports of each day, are wanted, which
            need the facts.
    """
    from sim.api.page import report

    write_text(folder / SUMMARY, json.dumps(run.summary, indent=2, ensure_ascii=False) + "\n")
    write_table(folder / CHARGES, _plain(run.charges))
    write_table(folder / INVOICE, _plain(run.invoice))
    write_text(folder / RESOLVED, resolved_yaml(run.scenario.resolved))
    write_text(folder / REPORT, report(run))
    if run.measures.optimizers:
        report_file, hours_file = OPTIMIZED
        write_table(folder / hours_file, run.optimizer_hours)
        if minutes and run.facts is not None:
            write_table(folder / report_file, run.optimizer_report)
    if minutes and run.names.pools and run.facts is not None:
        frame = run.pool_metrics
        for name in METRICS:
            write_table(folder / name, frame)
    if run.swings is not None:
        write_table(folder / SWINGS, run.swings.table)
    if run.study is not None:
        run.study.fill(folder)
    elif run.facts is not None and whole_weeks(run.scenario.spec) >= FEWEST:
        write_table(folder / WEEKS, run.weekly)


def _plain(frame: "pd.DataFrame") -> "pd.DataFrame":
    """Decimals as plain digits: `0.0000000001`, not `1E-10`."""
    decimals = [n for n in frame if len(frame) and isinstance(frame[n].iloc[0], Decimal)]
    texts = {str(name): [format(number, "f") for number in frame[name]] for name in decimals}
    return frame.assign(**texts)
