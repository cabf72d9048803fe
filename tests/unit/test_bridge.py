"""A bridge replaces settings factor by factor, in an order that is stated."""

from collections.abc import Callable, Sequence

import pytest

from sim.scenario.differences import Difference
from sim.scenario.errors import Path
from sim.scenario.schema import Scenario
from sim.study.bridge import (
    CAPACITY,
    FACTORS,
    FAILURES,
    HEADCOUNT,
    HOURS,
    MODE,
    OF_TOP,
    PRICE,
    REST,
    factor_of,
    steps,
)

NEVER_REPLACED = {"version", "name", "description", "start", "horizon", "seed", "replications"}
"""What is the same in all scenarios that are compared, or changes no cost."""


def test_each_setting_of_a_scenario_belongs_to_a_factor() -> None:
    """Whoever adds a setting to scenarios says here what it is when it makes a bill dearer."""
    assert set(OF_TOP) == set(Scenario.model_fields) - NEVER_REPLACED
    assert set(OF_TOP.values()) <= set(FACTORS)


@pytest.mark.parametrize("top", OF_TOP)
def test_the_factor_of_a_whole_part_is_known(top: str) -> None:
    assert factor_of((top,)) in FACTORS
    assert factor_of((top, "x", "y", "z")) in FACTORS


@pytest.mark.parametrize(
    ("path", "factor"),
    [
        (("prices", "add", "nat/hour", "unit_price"), PRICE),
        (("fleets", "office", "license"), PRICE),
        (("pools", "lab", "billing", "increment"), PRICE),
        (("populations", "sales"), HEADCOUNT),
        (("populations", "sales", "users"), HEADCOUNT),
        (("populations", "sales", "leavers_per_month"), HEADCOUNT),
        (("populations", "sales", "session_length"), HOURS),
        (("populations", "sales", "fleet"), CAPACITY),
        (("populations", "sales", "clients", "home", "round_trip"), REST),
        (("fleets", "office", "running_mode"), MODE),
        (("fleets", "office", "autostop_timeout"), MODE),
        (("pools", "lab", "disconnect_timeout"), MODE),
        (("fleets", "office"), CAPACITY),
        (("fleets", "office", "bundle"), CAPACITY),
        (("pools", "lab", "maximum"), CAPACITY),
        (("outages", 0, "zone"), FAILURES),
        (("fleets", "office", "recovery", "rebuild"), FAILURES),
        (("operations",), REST),
    ],
)
def test_parts_have_factors_of_their_own(path: Path, factor: str) -> None:
    assert factor_of(path) == factor


def setting(*path: str) -> Difference:
    return Difference(path, 1, 2)


TIMEOUT = setting("fleets", "office", "autostop_timeout")
USERS = setting("populations", "sales", "users")
PRICES = setting("prices", "book")
BUNDLE = setting("fleets", "office", "bundle")
MOVE = setting("populations", "sales", "session_length")


def always(_: Sequence[Difference]) -> bool:
    return True


def only_with(needed: Difference, needs: Difference) -> Callable[[Sequence[Difference]], bool]:
    """Whether `needed` is there where `needs` is."""
    return lambda laid: needed in laid or needs not in laid


def test_steps_come_in_the_stated_order_whatever_that_of_the_settings() -> None:
    found = list(steps([BUNDLE, TIMEOUT, USERS, PRICES], always))
    assert [step.words for step in found] == ["price", "headcount", "running mode", "capacity"]
    assert [step.differences for step in found] == [(PRICES,), (USERS,), (TIMEOUT,), (BUNDLE,)]


def test_settings_of_one_factor_are_replaced_together() -> None:
    other = setting("populations", "service", "users")
    (step,) = steps([USERS, other], always)
    assert step.differences == (USERS, other)


def test_a_factor_that_alone_makes_no_scenario_is_replaced_with_the_next() -> None:
    """The hours need the bundle, which is capacity; between them lies the running mode."""
    found = list(steps([PRICES, MOVE, TIMEOUT, BUNDLE], only_with(BUNDLE, MOVE)))
    assert [step.words for step in found] == [
        "price",
        "hours per head, running mode and capacity",
    ]
    assert found[1].differences == (MOVE, TIMEOUT, BUNDLE)


def test_what_no_step_makes_possible_is_the_last_one() -> None:
    """All together are the other scenario, which is one, whatever a step of it is."""
    (step,) = steps([PRICES, USERS], lambda _: False)
    assert step.differences == (PRICES, USERS)


def test_no_difference_makes_no_step() -> None:
    assert list(steps([], always)) == []
