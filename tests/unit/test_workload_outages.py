"""When things break: dated, by the clock, at random, with crews who repair, and as recorded.

The table of outages is made before the model runs, and from nothing but what the scenario says
about outages (F1 of docs/model.md). Times are told in hours from the start.
"""

import itertools
from collections import Counter, defaultdict
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sim.record import OutageKind, Table
from sim.scenario.schema import Scenario
from sim.units import DAY, HOUR, Millis
from sim.workload import Stream, make_outages, sample

GROUPS = {
    "old": {"zone": "a", "count": 2, "vcpu": 8, "memory": "32 GB"},
    "rack": {"zone": "b", "count": 3, "vcpu": 8, "memory": "32 GB"},
}


def world(*outages: dict[str, Any], **settings: Any) -> Scenario:
    """A scenario of a week in which these things break."""
    written = {
        "version": 1,
        "name": "breaking",
        "region": "us-east-1",
        "start": "2026-09-01",
        "horizon": "7 d",
        "prices": {"book": "prices.csv"},
        "host_groups": GROUPS,
        "directory": {"servers": 3},
        "fleets": {"office": {"bundle": "standard", "running_mode": "AutoStop"}},
        "outages": list(outages),
    }
    return Scenario.model_validate({**written, **settings})


def spans(table: Table, unit: Millis = HOUR) -> list[tuple[float, float]]:
    """Begin and end of each outage, in hours."""
    pairs = zip(table["begin"].tolist(), table["end"].tolist(), strict=True)
    return [(begin / unit, end / unit) for begin, end in pairs]


def by_host(table: Table) -> dict[int, list[tuple[float, float]]]:
    """Begin and end of each failure of each host, in hours."""
    found: defaultdict[int, list[tuple[float, float]]] = defaultdict(list)
    for host, span in zip(table["host"].tolist(), spans(table), strict=True):
        found[host].append(span)
    return dict(found)


# -- dated


def test_a_dated_outage() -> None:
    """At 09:00 on the second day, 24 + 9 = 33 h, for 2 h."""
    table = make_outages(
        world({"zone": {"zone": "a", "at": "2026-09-02T11:00+02:00", "lasts": "2 h"}})
    )
    assert spans(table) == [(33, 35)]
    assert table["kind"].tolist() == [OutageKind.ZONE]
    assert table["target"].tolist() == ["a"]
    assert (table["host"].tolist(), table["servers"].tolist()) == ([-1], [-1])


def test_what_each_kind_says_of_itself() -> None:
    """The directory has 3 servers; a lost link is all of them. Hosts are numbered through the
    groups: `old` has 0 and 1, `rack` has 2 to 4, and three of three can only be these."""
    when = {"at": "2026-09-02", "lasts": "1 h"}
    table = make_outages(
        world(
            {"region": when},
            {"hosts": {"group": "rack", "count": 3, **when}},
            {"directory": when},
            {"directory": {"servers": 2, **when}},
            {"link": when},
            {"streaming": when},
            {"control_plane": when},
        )
    )
    kinds = [OutageKind(kind).name for kind in table["kind"].tolist()]
    assert kinds == [
        "REGION", "HOST", "HOST", "HOST", "DIRECTORY", "DIRECTORY", "LINK", "STREAMING",
        "CONTROL_PLANE",
    ]  # fmt: skip
    assert table["target"].tolist() == [
        "us-east-1", *["rack"] * 3, *[""] * 3, "us-east-1", "us-east-1"
    ]  # fmt: skip
    assert table["host"].tolist() == [-1, 2, 3, 4, -1, -1, -1, -1, -1]
    assert table["servers"].tolist() == [-1, -1, -1, -1, 3, 2, 3, -1, -1]
    assert table["outage"].tolist() == list(range(9))


def test_outages_are_numbered_in_order_of_begin_then_of_the_file() -> None:
    table = make_outages(
        world(
            {"streaming": {"at": "2026-09-03", "lasts": "1 h"}},
            {"zone": {"zone": "b", "at": "2026-09-02", "lasts": "1 h"}},
            {"zone": {"zone": "a", "at": "2026-09-02", "lasts": "9 h"}},
        )
    )
    assert table["target"].tolist() == ["b", "a", "us-east-1"]
    assert spans(table) == [(24, 25), (24, 33), (48, 49)]


def test_what_began_before_the_run_and_reaches_into_it_counts() -> None:
    """From an hour before, for 60 and for 61 min; of the first no millisecond lies in the run."""
    early = "2026-08-31T23:00Z"
    table = make_outages(
        world(
            {"streaming": {"at": early, "lasts": "60 min"}},
            {"streaming": {"at": early, "lasts": "61 min"}},
            {"streaming": {"at": "2026-09-07T23:00Z", "lasts": "9 h"}},
            {"streaming": {"at": "2026-09-08", "lasts": "9 h"}},
        )
    )
    assert spans(table) == [(-1, 1 / 60), (167, 176)]


def test_an_outage_that_takes_no_time_is_none() -> None:
    assert len(make_outages(world({"streaming": {"at": "2026-09-02", "lasts": "0 s"}}))) == 0


# -- by the clock


def test_a_drill_keeps_to_the_clock_when_summer_time_ends() -> None:
    """09:00 in London is 08:00 UTC on Saturday 24 October and 09:00 UTC from the 25th on."""
    drill = {"cron": "0 9 * * *", "time_zone": "Europe/London", "lasts": "30 min"}
    table = make_outages(world({"streaming": drill}, start="2026-10-24", horizon="3 d"))
    assert spans(table) == [(8, 8.5), (33, 33.5), (57, 57.5)]


def test_a_drill_keeps_to_the_clock_when_summer_time_begins() -> None:
    """09:00 in London is 09:00 UTC on Saturday 28 March and 08:00 UTC from the 29th on."""
    drill = {"cron": "0 9 * * *", "time_zone": "Europe/London", "lasts": "30 min"}
    table = make_outages(world({"streaming": drill}, start="2026-03-28", horizon="3 d"))
    assert spans(table) == [(9, 9.5), (32, 32.5), (56, 56.5)]


def test_a_drill_on_working_days() -> None:
    """1 September 2026 is a Tuesday; the week ends on Monday the 7th: five working days."""
    drill = {"cron": "0 9 * * mon-fri", "lasts": "1 h"}
    table = make_outages(world({"streaming": drill}))
    assert spans(table) == [(day * 24 + 9, day * 24 + 10) for day in (0, 1, 2, 3, 6)]


def test_a_drill_at_the_first_instant_of_the_run_and_none_at_its_end() -> None:
    table = make_outages(world({"streaming": {"cron": "0 0 * * *", "lasts": "1 h"}}, horizon="2 d"))
    assert spans(table) == [(0, 1), (24, 25)]


def test_the_k_th_drill_takes_the_k_th_length() -> None:
    law = {"uniform": {"low": "10 min", "high": "50 min"}}
    scenario = world({"streaming": {"cron": "0 9 * * *", "lasts": law}}, seed=7)
    stream = Stream(7, 0, "outages/0")
    lasts = scenario.outages[0].lasts
    assert lasts is not None
    expected = [
        int(sample(lasts, stream.uniforms(1, day=1, ordinal=ordinal))[0]) for ordinal in range(7)
    ]
    table = make_outages(scenario)
    assert (table["end"] - table["begin"]).tolist() == expected
    assert len(set(expected)) == 7


# -- at random


def test_working_and_broken_take_turns() -> None:
    """10 h of work from the beginning of the run, 24 h before the start, then 2 h broken."""
    outage = {"streaming": {"every": "10 h", "lasts": "2 h"}}
    table = make_outages(world(outage, horizon="1 d", warm_up="1 d"))
    assert spans(table) == [(-14, -12), (-2, 0), (10, 12), (22, 24)]


def test_each_of_the_hosts_has_failures_of_its_own() -> None:
    outage = {"hosts": {"group": "rack", "every": {"exponential": "20 h"}, "lasts": "1 h"}}
    failures = by_host(make_outages(world(outage, horizon="200 d")))
    assert sorted(failures) == [2, 3, 4]
    begins = [begin for mine in failures.values() for begin, _ in mine]
    assert len(set(begins)) == len(begins) > 300


def test_hosts_that_fail_together_are_any_of_the_group() -> None:
    """Two of three fail on each of 3650 days: each on two thirds of them, give or take 4.5
    standard errors of sqrt(3650 x 2/3 x 1/3) = 28.5 days."""
    outage = {"hosts": {"group": "rack", "cron": "0 0 * * *", "count": 2, "lasts": "1 h"}}
    table = make_outages(world(outage, horizon="3650 d"))
    assert set(Counter(table["begin"].tolist()).values()) == {2}
    days = Counter(table["host"].tolist())
    assert sorted(days) == [2, 3, 4]
    assert all(abs(count - 3650 * 2 / 3) < 4.5 * 28.5 for count in days.values())


# -- crews


def test_one_crew_repairs_in_the_order_of_failure() -> None:
    """Three hosts fail at 10 h; a repair takes 2 h and there is one crew: 12, 14, 16. Host 2 fails
    again at 12 + 10 = 22, host 3 at 24, host 4 at 26, and each finds the crew free."""
    outage = {"hosts": {"group": "rack", "every": "10 h", "lasts": "2 h", "crews": 1}}
    failures = by_host(make_outages(world(outage, horizon="27 h")))
    assert failures == {2: [(10, 12), (22, 24)], 3: [(10, 14), (24, 26)], 4: [(10, 16), (26, 28)]}


def test_a_host_that_fails_while_the_crew_is_busy_waits_for_it() -> None:
    """8 h a repair: 10-18, 10-26, 10-34. Host 2 fails again at 28, waits until 34, is back at 42;
    host 3 fails at 36, waits until 42, is back at 50."""
    outage = {"hosts": {"group": "rack", "every": "10 h", "lasts": "8 h", "crews": 1}}
    failures = by_host(make_outages(world(outage, horizon="37 h")))
    assert failures == {2: [(10, 18), (28, 42)], 3: [(10, 26), (36, 50)], 4: [(10, 34)]}


def test_two_crews_repair_two_at_once() -> None:
    """Hosts 2 and 3 from 10 to 18, host 4 from 18 to 26 by whoever is free first."""
    outage = {"hosts": {"group": "rack", "every": "10 h", "lasts": "8 h", "crews": 2}}
    failures = by_host(make_outages(world(outage, horizon="28 h")))
    assert failures == {2: [(10, 18)], 3: [(10, 18)], 4: [(10, 26)]}


@pytest.mark.parametrize("crews", [None, 3, 50])
def test_without_a_limit_nobody_waits(crews: int | None) -> None:
    outage = {"hosts": {"group": "rack", "every": "10 h", "lasts": "8 h", "crews": crews}}
    failures = by_host(make_outages(world(outage, horizon="28 h")))
    assert failures == {2: [(10, 18)], 3: [(10, 18)], 4: [(10, 18)]}


# -- as recorded


def trace(folder: Path, *rows: str) -> str:
    path = folder / "outages.csv"
    path.write_text("begin,lasts_s\n" + "".join(f"{row}\n" for row in rows))
    return str(path)


def test_a_trace_is_read_in_order_of_time(tmp_path: Path) -> None:
    file = trace(tmp_path, "2026-09-03T00:00Z,60.5", "2026-09-02T02:00+02:00,3600")
    table = make_outages(world({"streaming": {"trace": file}}))
    assert spans(table, 1) == [(DAY, DAY + HOUR), (2 * DAY, 2 * DAY + 60_500)]


def test_outages_of_a_trace_may_overlap(tmp_path: Path) -> None:
    file = trace(tmp_path, "2026-09-02T00:00Z,7200", "2026-09-02T01:00Z,7200")
    assert spans(make_outages(world({"streaming": {"trace": file}}))) == [(24, 26), (25, 27)]


def test_a_trace_of_hosts_says_when_and_not_which(tmp_path: Path) -> None:
    file = trace(tmp_path, "2026-09-02T00:00Z,60", "2026-09-03T00:00Z,60")
    table = make_outages(world({"hosts": {"group": "rack", "count": 2, "trace": file}}))
    assert table["begin"].tolist() == [DAY, DAY, 2 * DAY, 2 * DAY]
    assert set(table["host"].tolist()) <= {2, 3, 4}


# -- whatever they are

_SPANS = st.integers(1, 40).map(lambda hours: f"{hours} h")
_LAWS = _SPANS | _SPANS.map(lambda mean: {"exponential": mean})


@st.composite
def happenings(draw: st.DrawFn) -> dict[str, Any]:
    when = draw(
        st.builds(lambda day: {"at": f"2026-09-0{day}"}, st.integers(1, 7))
        | st.just({"cron": "30 9 * * *", "time_zone": "Asia/Singapore"})
        | st.builds(lambda law: {"every": law}, _LAWS)
    )
    return {**when, "lasts": draw(_LAWS)}


@st.composite
def breakable(draw: st.DrawFn) -> dict[str, Any]:
    """Something that breaks."""
    happening = draw(happenings())
    kind = draw(st.sampled_from(["zone", "region", "hosts", "directory", "link", "streaming"]))
    extra: dict[str, Any] = {"zone": {"zone": "a"}, "hosts": {"group": "rack"}}.get(kind, {})
    if kind == "hosts" and "every" in happening:
        extra = {**extra, "crews": draw(st.sampled_from([None, 1, 2]))}
    return {kind: {**happening, **extra}}


lists = st.lists(breakable(), max_size=4)


def rows(table: Table) -> list[tuple[Any, ...]]:
    """The rows without their numbers."""
    names = [name for name in table.schema.names if name != "outage"]
    return list(zip(*(table[name].tolist() for name in names), strict=True))


@given(lists, st.integers(0, 9))
def test_the_same_scenario_breaks_the_same_way(outages: list[dict[str, Any]], seed: int) -> None:
    first, second = (make_outages(world(*outages, seed=seed)) for _ in range(2))
    assert rows(first) == rows(second)
    begins, ends = first["begin"], first["end"]
    assert (np.diff(begins) >= 0).all()
    assert (begins < ends).all()
    assert (begins < 7 * DAY).all()
    assert (ends > 0).all()


@given(lists, breakable())
def test_one_more_at_the_end_of_the_file_changes_no_other(
    outages: list[dict[str, Any]], more: dict[str, Any]
) -> None:
    """A stream is addressed by the position in the file, so what stands before is untouched."""
    before, after = make_outages(world(*outages)), make_outages(world(*outages, more))
    assert not Counter(rows(before)) - Counter(rows(after))


def test_one_more_at_the_top_of_the_file_moves_the_streams() -> None:
    """And what stands after it breaks at other instants: order counts."""
    first = {"streaming": {"every": {"exponential": "20 h"}, "lasts": "1 h"}}
    dated = {"link": {"at": "2026-09-01", "lasts": "1 h"}}
    before, after = make_outages(world(first)), make_outages(world(dated, first))
    kept = after.take(after["kind"] == OutageKind.STREAMING)
    assert rows(before) != rows(kept)


@given(lists)
def test_nothing_else_in_a_scenario_matters(outages: list[dict[str, Any]]) -> None:
    """Other fleets, recovery, directory rates or zones: the same outages, for a fair comparison."""
    other = world(
        *outages,
        name="another",
        zones={"a": {"weight": 3}, "b": {}, "c": {}},
        directory={"servers": 3, "service_time": "9 s"},
        fleets={
            "other": {
                "bundle": "power",
                "running_mode": "AlwaysOn",
                "recovery": {"rebuild": {"reaction": "5 min"}},
            }
        },
    )
    assert rows(make_outages(other)) == rows(make_outages(world(*outages)))


@given(st.lists(breakable(), min_size=1, max_size=3))
def test_what_breaks_at_random_is_repaired_before_it_breaks_again(
    outages: list[dict[str, Any]],
) -> None:
    """Outages of one entry with `every` never overlap: of one host, for hosts."""
    for outage in outages:
        ((kind, said),) = outage.items()
        if "every" not in said:
            continue
        table = make_outages(world({kind: said}))
        for mine in by_host(table).values():
            assert all(end <= begin for (_, end), (begin, _) in itertools.pairwise(mine))


@given(st.integers(0, 5))
def test_a_longer_run_begins_with_the_shorter_one(seed: int) -> None:
    outage = {
        "hosts": {
            "group": "rack",
            "every": {"exponential": "30 h"},
            "lasts": {"exponential": "9 h"},
            "crews": 1,
        }
    }
    short = rows(make_outages(world(outage, seed=seed)))
    long = rows(make_outages(world(outage, seed=seed, horizon="30 d")))
    assert long[: len(short)] == short


def test_replications_differ() -> None:
    outage = {"streaming": {"every": {"exponential": "20 h"}, "lasts": {"exponential": "1 h"}}}
    first, second = (rows(make_outages(world(outage), number)) for number in (0, 1))
    assert not set(first) & set(second)
