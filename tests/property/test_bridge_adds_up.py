"""What the parts of a bridge add up to, whatever two small scenarios say differently."""

from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import sim
from sim.scenario.differences import differences
from sim.study.bridge import FACTORS, factor_of
from sim.study.execution import Serial
from sim.units import cents
from tests.small_office import with_pools, write_office

PRICE = (
    "prices.add.nat/hour={{unit_price: {}, unit: hour, source: a list, as_of: 2026-07-01}}".format
)
OUTAGE = "outages=[{{zone: {{zone: a, at: 2026-09-01T{:02}:00Z, lasts: 2 h}}}}]".format

SETTINGS = st.fixed_dictionaries(
    {},
    optional={
        "price": st.sampled_from(["0.03", "0.077", "1.2345"]).map(PRICE),
        "users": st.integers(0, 4).map("populations.staff.users={}".format),
        "length": st.integers(1, 9).map("populations.part-time.session_length={} h".format),
        "mode": st.sampled_from(["AlwaysOn", "AutoStop"]).map(
            "fleets.staff.running_mode={}".format
        ),
        "timeout": st.integers(1, 4).map("fleets.part-time.autostop_timeout={} h".format),
        "pool": st.integers(3, 7).map("pools.agents.maximum={}".format),
        "outage": st.integers(0, 20).map(OUTAGE),
    },
)


@pytest.fixture(scope="module")
def office(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_office(tmp_path_factory.mktemp("office"), with_pools())


def laid(office: Path, written: dict[str, str]) -> sim.Scenario:
    """The office for a day, with settings over it."""
    return sim.load(office, ("horizon=1 d", "warm_up=0 d", *written.values()))


@pytest.mark.slow
@settings(max_examples=10, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(before=SETTINGS, after=SETTINGS)
def test_the_parts_add_up_to_the_difference_to_the_cent(
    office: Path, before: dict[str, str], after: dict[str, str]
) -> None:
    """Each setting is replaced once, factor after factor, and nothing of the difference is lost."""
    one, other = laid(office, before), laid(office, after)
    found = sim.compare(one, other, replications=2, executor=Serial())
    bridge = found.bridge()
    means = [
        sum((run["cost"].numerator for run in study.runs), Decimal(0)) / 2
        for study in found.studies
    ]
    assert sum((part.amount for part in bridge.parts), Decimal(0)) == cents(means[1] - means[0])
    assert all(part.amount == cents(part.amount) for part in bridge.parts)

    replaced = [each for part in bridge.parts for each in part.settings]
    assert sorted(map(str, replaced)) == sorted(map(str, differences(one.spec, other.spec)))
    places = [FACTORS.index(factor_of(each.path)) for each in replaced]
    assert places == sorted(places)
