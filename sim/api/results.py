"""The result of one run: tables, a summary and a bill that can be priced again."""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from functools import cached_property
from os import PathLike
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from sim.api.frames import Names, named
from sim.api.loading import Scenario, period
from sim.api.summary import basis, summary
from sim.pricing import InvoiceLine, PriceBook, charges_columns, invoice, price, shipped_books
from sim.record import (
    DESKTOP_STATES,
    HOST_LOAD,
    INSTANCES,
    INTERRUPTIONS,
    LAUNCH_FAILURES,
    LOGONS,
    OPERATIONS,
    OUTAGES,
    PLAN,
    POOL_CAPACITY,
    RECOVERIES,
    RUNS,
    SCALING,
    SESSIONS,
    USER_SESSIONS,
    Schema,
    Table,
)
from sim.record.cost_optimizer import COST_OPTIMIZER
from sim.report.wording import money, waiting
from sim.scenario.assumptions import assumptions
from sim.storage import FactStore
from sim.study.costs import desktops_charged
from sim.study.run import Measures

if TYPE_CHECKING:
    import pandas as pd

    from sim.api.pictures import Pictured
    from sim.api.story import Story
    from sim.api.studies import Study
    from sim.api.swings import Swings
    from sim.report.picture import Surface


class Run:
    """What happened when a scenario was simulated once, and what it cost.

    Tables are pandas DataFrames, flat, with a column `replication`, units in the names of columns
    (`arrival_ms` counts milliseconds from the scenario's start) and names of users and desktops in
    place of numbers. They are made when asked for, from memory or from the Parquet files of a
    written run; amounts are `Decimal`.

    Raises:
        LookupError: from a table of facts that the run did not keep (`facts=False`).
    """

    def __init__(
        self,
        scenario: Scenario,
        *,
        replication: int,
        names: Names,
        facts: FactStore[Table] | None,
        usage: Table,
        measures: Measures,
    ) -> None:
        self.scenario = scenario
        """What was run."""
        self.replication = replication
        """Which of the independent runs of the scenario this is, from 0."""
        self.names = names
        self.measures = measures
        """All measures but money, with their curves."""
        self.prices: PriceBook = scenario.prices
        """The price book with the scenario's own prices."""
        self.usage = usage
        """What was billed, before prices."""
        self.facts = facts
        self.study: Study | None = None
        """The study of many runs that this is the first of."""
        self.swings: Swings | None = None
        """What each assumption does to the answer by itself, where that was asked for."""

    # --- tables

    @property
    def charges(self) -> "pd.DataFrame":
        """One row per desktop, pool or service, user, month and charge, with `Decimal` amounts."""
        import pandas as pd

        spec = self.scenario.spec
        centers = {("", name): service.cost_center for name, service in spec.services.items()}
        centers |= {(n, n): pool.cost_center for n, pool in spec.pools.items() if pool.cost_center}
        columns = charges_columns(
            self.charges_table,
            self.names.desktops,
            self.names.users,
            cost_centers=centers,
            replication=self.replication,
        )
        return pd.DataFrame(columns)

    @property
    def invoice(self) -> "pd.DataFrame":
        """One row per month, fleet, charge, item and unit price; `amount` is rounded to cents."""
        import pandas as pd

        fields = ("month", "fleet", "charge", "item", "quantity", "unit", "unit_price", "amount")
        columns = (*fields, "unrounded", "currency")
        rows = [tuple(getattr(line, name) for name in columns) for line in self.lines]
        frame = pd.DataFrame.from_records(rows, columns=list(columns))
        frame.insert(0, "replication", np.full(len(frame), self.replication, dtype=np.int32))
        return frame

    @property
    def focus(self) -> "pd.DataFrame":
        """The bill in the columns of FOCUS 1.2; see `docs/focus.md`."""
        from sim.api.focus import bill_of
        from sim.report.focus import focus_rows

        return focus_rows(bill_of(self))

    @property
    def weekly(self) -> "pd.DataFrame":
        """Waits and delivered work with an interval over the whole weeks of this run alone.

        See `docs/studies.md` for what such an interval says, and why there may be none.
        """
        from sim.api.weeks import weekly_estimates

        return weekly_estimates(self)

    @property
    def logons(self) -> "pd.DataFrame":
        """One row per logon attempt: when, each stage, outcome and cause."""
        return self._facts(LOGONS)

    @property
    def sessions(self) -> "pd.DataFrame":
        """One row per intended session: when it began and ended, and what was delivered."""
        return self._facts(SESSIONS)

    @property
    def desktop_states(self) -> "pd.DataFrame":
        """One row per interval in which a desktop was in one state."""
        return self._facts(DESKTOP_STATES)

    @property
    def runs(self) -> "pd.DataFrame":
        """One row per metered span in which an AutoStop desktop was on."""
        return self._facts(RUNS)

    @property
    def host_load(self) -> "pd.DataFrame":
        """One row per change of the load of a host."""
        return self._facts(HOST_LOAD)

    @property
    def operations(self) -> "pd.DataFrame":
        """One row per operation on a desktop: whether it was accepted, and why not."""
        return self._facts(OPERATIONS)

    @property
    def instances(self) -> "pd.DataFrame":
        """One row per instance that a pool asked for: when, where, and why it ended."""
        return self._facts(INSTANCES)

    @property
    def user_sessions(self) -> "pd.DataFrame":
        """One row for each time a user held a place on an instance of a pool."""
        return self._facts(USER_SESSIONS)

    @property
    def pool_capacity(self) -> "pd.DataFrame":
        """One row per change of a pool's capacity, and per minute."""
        return self._facts(POOL_CAPACITY)

    @property
    def scaling(self) -> "pd.DataFrame":
        """One row per change of a pool's target: who asked for it, before and after."""
        return self._facts(SCALING)

    @property
    def launch_failures(self) -> "pd.DataFrame":
        """One row each time a pool found no address or no host for its instances."""
        return self._facts(LAUNCH_FAILURES)

    @property
    def outages(self) -> "pd.DataFrame":
        """One row per outage: what broke, from when to when."""
        return self._facts(OUTAGES)

    @property
    def interruptions(self) -> "pd.DataFrame":
        """One row for each time an outage cut somebody off who was working, and until when."""
        return self._facts(INTERRUPTIONS)

    @property
    def recoveries(self) -> "pd.DataFrame":
        """One row per desktop rebuilt, restored or left for its standby, with the data's age."""
        return self._facts(RECOVERIES)

    @property
    def pool_metrics(self) -> "pd.DataFrame":
        """CloudWatch's metrics of pools, one row per pool and minute of the measured time."""
        from sim.api.metrics import metrics

        if self.facts is None:
            raise LookupError("this run kept no facts, so there is no table pool_metrics")
        return metrics(self, self.facts)

    @property
    def cost_optimizer(self) -> "pd.DataFrame":
        """One row per evening and desktop that the Cost Optimizer looked at, and what it did."""
        return self._facts(COST_OPTIMIZER)

    @property
    def optimizer_report(self) -> "pd.DataFrame":
        """The same as the released report has it, under its names and in its words."""
        from sim.api.optimizer import report

        if self.facts is None:
            raise LookupError("this run kept no facts, so there is no table optimizer_report")
        return report(self, self.facts)

    @property
    def optimizer_hours(self) -> "pd.DataFrame":
        """Hours that the Cost Optimizer measured beside those billed, by desktop and month."""
        from sim.api.optimizer import hours

        return named(hours(self), self.names, self.replication)

    @property
    def pool_week(self) -> "pd.DataFrame":
        """Utilisation of each pool by hour of the week from Monday 00:00 UTC, a share.

        Missing where there was no capacity, or nothing was measured.
        """
        import pandas as pd

        pools = self.measures.pools
        hours = [share for pool in pools for share in pool.utilization_by_hour]
        return pd.DataFrame(
            {
                "replication": np.full(len(hours), self.replication, dtype=np.int32),
                "pool": pd.Categorical(
                    np.repeat([pool.pool for pool in pools], 168),
                    categories=pd.Index(list(self.names.pools), dtype="str"),
                ),
                "hour": np.tile(np.arange(168), len(pools)),
                "utilization": np.array(hours, dtype=np.float64),
            }
        )

    @property
    def plan(self) -> "pd.DataFrame":
        """One row per session that a user intends, as drawn or replayed."""
        return self._facts(PLAN)

    @property
    def users(self) -> "pd.DataFrame":
        """One row per owner of a desktop."""
        return named(self.names.users, self.names, self.replication)

    @property
    def desktops(self) -> "pd.DataFrame":
        """One row per desktop that existed."""
        return named(self.names.desktops, self.names, self.replication)

    @property
    def week(self) -> "pd.DataFrame":
        """The average week in quarters of an hour from Monday 00:00 UTC.

        Users connected and desktops running: their mean, and the most at any instant of that
        quarter in any week.
        """
        import pandas as pd

        connected, running = self.measures.connected.week, self.measures.running.week
        return pd.DataFrame(
            {
                "replication": np.full(len(connected.hours), self.replication, dtype=np.int32),
                "hour": connected.hours,
                "connected_mean": connected.mean,
                "connected_max": connected.most,
                "running_mean": running.mean,
                "running_max": running.most,
            }
        )

    @property
    def states(self) -> "pd.DataFrame":
        """Time and money of each fleet and pool, one row for each state of its desktops.

        `paid_for` is `state`, or `rest` for what is left of started hours, or `fee`. The amounts of
        a fleet are its part of the invoice, to the cent; see `docs/figures.md`.
        """
        return self._pictured.states_frame()

    @property
    def state_changes(self) -> "pd.DataFrame":
        """How often desktops went from one state to another, one row for each such change.

        `before` is empty for those that came to be, `after` for those that ended.
        """
        return self._pictured.changes_frame()

    def replay(self, begin: str | None = None) -> "pd.DataFrame":
        """An hour of logons minute by minute: where on their way people are at the end of each.

        Everybody who has come is in one of the places: `came_people` is the sum of those behind it.

        Args:
            begin: when the hour begins, `2026-09-15T09:00+08:00`; by default the hour in which most
                people waited.

        Raises:
            LookupError: when the run kept no facts.
            ValueError: when the hour does not lie in the measured time.
        """
        from sim.scenario.readings import instant

        return self._pictured.replay_frame(None if begin is None else instant(begin))

    @property
    def assumptions(self) -> "pd.DataFrame":
        """The settings on which the numbers rest, and whether the scenario states them."""
        import pandas as pd

        return pd.DataFrame(self.assumption_rows)

    def instants(self, millis: Any) -> "pd.Series[pd.Timestamp]":
        """The UTC instants of a column of milliseconds, such as `run.sessions.arrival_ms`."""
        import pandas as pd

        found: pd.Series[pd.Timestamp] = pd.to_timedelta(pd.Series(millis), unit="ms").add(
            pd.Timestamp(self.scenario.spec.start)
        )
        return found

    # --- numbers

    @cached_property
    def summary(self) -> dict[str, Any]:
        """Every number of the answer as one JSON-able document; see `docs/results.md`."""
        return summary(self)

    @cached_property
    def charges_table(self) -> Table:
        """The charges by codes."""
        return price(self.usage, self.prices)

    @cached_property
    def lines(self) -> list[InvoiceLine]:
        """The lines of the invoice."""
        return invoice(self.charges_table)

    @cached_property
    def desktops_charged(self) -> list[tuple[str, str, int]]:
        """Number of desktops on the bill by (fleet, month)."""
        return desktops_charged(self.charges_table)

    @cached_property
    def assumption_rows(self) -> Sequence[Mapping[str, Any]]:
        """The settings on which the numbers rest."""
        return [row._asdict() for row in assumptions(self.scenario.resolved)]

    # --- what can be done with it

    def reprice(self, book: str | PathLike[str]) -> "Run":
        """The same run at other prices, without simulating it again.

        Args:
            book: path of a price book, or the name of a shipped one, such as `us-east-1`. Prices
                that the scenario brings along still hold.

        Raises:
            ScenarioError: when the book lacks a price that the scenario needs, or is of another
                region, or when a table that the scenario names has changed since it was loaded.
        """
        return Run(
            self.scenario.with_book(shipped_books().get(str(book), Path(book))),
            replication=self.replication,
            names=self.names,
            facts=self.facts,
            usage=self.usage,
            measures=self.measures,
        )

    def cloudwatch(
        self,
        *metrics: str,
        desktop: str | None = None,
        user: str | None = None,
        running_mode: str | None = None,
        compute_type: str | None = None,
        protocol: str | None = None,
        pool: str | None = None,
        period: int = 300,
        statistics: Sequence[str] = (),
    ) -> "pd.DataFrame":
        """What CloudWatch would have shown; see `docs/cloudwatch.md`.

        Args:
            metrics: names such as `UserConnected`; by default all of all desktops together, and
                of each pool.
            desktop: one desktop, by its name or its user's.
            user: all desktops that a user has had.
            running_mode: desktops while they are `AlwaysOn`, or while they are `AutoStop`.
            compute_type: desktops while they have a bundle, such as `POWER`.
            protocol: desktops while they stream by `WSP` (DCV), or by `PCOIP`.
            pool: one pool.
            period: length of a period [s], a multiple of 60.
            statistics: `Average`, `Sum`, `Minimum`, `Maximum`, `SampleCount`; by default all that
                CloudWatch has of the metric.

        Raises:
            LookupError: when the run kept no facts.
            ValueError: for what CloudWatch does not have, or this run cannot tell.
        """
        from sim.api.cloudwatch import Query, series
        from sim.api.datapoints import table
        from sim.api.recorded import Recorded

        query = Query(
            metrics=metrics,
            desktop=desktop,
            user=user,
            running_mode=running_mode,
            compute_type=compute_type,
            protocol=protocol,
            pool=pool,
            period_s=period,
            statistics=tuple(statistics),
        )
        recorded = Recorded.of(self)
        return table(recorded, series(recorded, query))

    def explain(
        self,
        desktop: str | None = None,
        *,
        user: str | None = None,
        begin: str | None = None,
        end: str | None = None,
    ) -> "Story":
        """The story of one desktop, or of one user: what happened to it, and what it cost.

        Args:
            desktop: name of the desktop, or of its user.
            user: name of a user, of a pool or with desktops of their own; in place of a desktop.
            begin: from when on, `2026-09-07` or `2026-09-07T09:00Z`; the measured time's start when
                absent.
            end: until when; the end of the run when absent.

        Raises:
            LookupError: when the run kept no facts.
            ValueError: when there is no such desktop, user or time.
        """
        from sim.api.recorded import Recorded
        from sim.api.story import story
        from sim.scenario.readings import instant

        first, last = (None if at is None else instant(at) for at in (begin, end))
        return story(Recorded.of(self), desktop=desktop, user=user, begin=first, end=last)

    def draw_states(self, fleet: str, ax: "Surface | None" = None) -> "Surface":
        """Draw the states of a fleet's desktops, or of a pool's instances, as boxes and arrows.

        Args:
            fleet: name of the fleet or pool.
            ax: where to draw; by default on a figure of its own, as which a notebook shows it.

        Raises:
            LookupError: when the run kept no facts.
            ValueError: when there is no such fleet or pool.
        """
        return self._pictured.state_picture(fleet).on(ax)

    def draw_week(
        self, fleet: str, week: str | None = None, ax: "Surface | None" = None
    ) -> "Surface":
        """Draw a week of a fleet or pool: a row for each desktop, a column for each quarter.

        Args:
            fleet: name of the fleet or pool.
            week: a day of it by the clock of its people, `2026-09-15`, or an instant; by default
                the week of the first outage, or the first whole one.
            ax: where to draw; by default on a figure of its own, as which a notebook shows it.

        Raises:
            LookupError: when the run kept no facts.
            ValueError: when there is no such fleet or pool, or nothing of that week was measured.
        """
        from sim.scenario.readings import day_or_instant

        day = None if week is None else day_or_instant(week)
        return self._pictured.week_picture(fleet, day).on(ax)

    def draw_replay(self, begin: str | None = None, ax: "Surface | None" = None) -> "Surface":
        """Draw an hour of logons minute by minute, with what happened meanwhile.

        Args:
            begin: when the hour begins, `2026-09-15T09:00+08:00`; by default the hour in which most
                people waited.
            ax: where to draw; by default on a figure of its own, as which a notebook shows it.

        Raises:
            LookupError: when the run kept no facts, or nobody ever came.
            ValueError: when the hour does not lie in the measured time.
        """
        from sim.scenario.readings import instant

        picture = self._pictured.replay_picture(None if begin is None else instant(begin))
        if picture is None:
            raise LookupError("nobody came in a whole hour, so there is nothing to replay")
        return picture.on(ax)

    def write_focus(
        self, file: str | PathLike[str], *, version: str = "1.2", account: str = "simulated"
    ) -> None:
        """Write the bill in the columns of FOCUS, typed, whole or not at all.

        Args:
            file: ends in `.parquet` or `.csv`.
            version: `1.2`, which AWS exports, or `1.4`.
            account: identifier of the billing account.

        Raises:
            ValueError: for another suffix or version.
            OSError: as one sentence, when the system refuses.
        """
        from sim.api.focus import bill_of, write_focus

        write_focus(bill_of(self), file, version=version, account=account)

    def workbook(self, path: str | PathLike[str]) -> Path:
        """Write a workbook of Excel, with live formulas; see `docs/workbook.md`.

        That of the first run of a study has what all its runs say too.

        Raises:
            ValueError: for another suffix than `.xlsx`, or more charges than a sheet has rows.
            OSError: as one sentence, when the system refuses.
        """
        from sim.api.workbooks import write_workbook

        return write_workbook(self, path)

    def write(self, folder: str | PathLike[str]) -> Path:
        """Write everything to a folder, whole or not at all; see `docs/results.md`.

        A folder that an earlier run wrote is replaced.

        Raises:
            FileExistsError: when the folder holds something else.
            OSError: as one sentence, when the system refuses.
        """
        from sim.api.folder import write

        return write(self, Path(folder))

    def __repr__(self) -> str:
        cost, logons = self.summary["cost"], self.summary["logons"]["total"]
        pools = self.names.pools
        parts = [
            f"{len(self.names.users):,} users"
            if pools
            else f"{len(self.names.desktops):,} desktops",
            period(self.scenario.spec),
            money(Decimal(cost["total"]), cost["currency"]),
        ]
        if logons["p95_s"] is not None:
            parts.append(f"logon p95 {waiting(1000 * logons['p95_s'])}")
        rests_on = basis(self)
        return f"<Run {self.scenario.name}: {', '.join(parts)} ({rests_on})>"

    def _repr_html_(self) -> str:
        from sim.api.cards import run_card

        return run_card(self)

    @cached_property
    def _pictured(self) -> "Pictured":
        from sim.api.pictures import Pictured

        return Pictured.of(self)

    def _facts(self, schema: Schema) -> "pd.DataFrame":
        return named(self._table(schema), self.names, self.replication)

    def _table(self, schema: Schema) -> Table:
        if self.facts is None:
            raise LookupError(f"this run kept no facts, so there is no table {schema.name}")
        return self.facts.table(schema)
