"""The formulas and chains of `queues.py` against every row of the tables of `oracles/`.

The engine is held against a few cheap rows; the others hold by the recursions that it equals, and
by this.
"""

from itertools import pairwise

import numpy as np
import pytest

from tests.analytical import queues
from tests.analytical.agreement import named, oracle, values

DIGITS = 2e-9
"""Matrix solutions have 11 digits, of which a cancellation may take one."""
ABSOLUTE = 2e-10
"""And they are off by that at least, however small the value."""


def agrees(found: dict[str, float], row: dict[str, str], digits: float = 1e-12) -> None:
    """Each of the numbers is that of the table."""
    for name, value in values(row, *found).items():
        assert found[name] == pytest.approx(value, rel=digits, abs=ABSOLUTE), name


@pytest.mark.parametrize("row", oracle("erlang_b"), ids=named)
def test_erlang_b(row: dict[str, str]) -> None:
    servers, offered = int(row["servers"]), float(row["offered_erlang"])
    blocking = queues.erlang_b(servers, offered)
    agrees({"blocking": blocking, "carried": offered * (1 - blocking)}, row)


@pytest.mark.parametrize("row", oracle("erlang_b_inverse_load"), ids=named)
def test_erlang_b_inverse_load(row: dict[str, str]) -> None:
    """The largest load at which no more than the target is blocked."""
    blocking = queues.erlang_b(int(row["servers"]), float(row["max_offered_erlang"]))
    assert blocking == pytest.approx(float(row["target_blocking"]), rel=1e-10)


@pytest.mark.parametrize("row", oracle("erlang_b_inverse_servers"), ids=named)
def test_erlang_b_inverse_servers(row: dict[str, str]) -> None:
    """The fewest servers with which no more than the target is blocked."""
    offered, enough = float(row["offered_erlang"]), int(row["min_servers"])
    at, below = (queues.erlang_b(servers, offered) for servers in (enough, enough - 1))
    agrees({"blocking_at_min": at, "blocking_at_min_minus_1": below}, row)
    assert at <= float(row["target_blocking"]) < below


@pytest.mark.parametrize("row", oracle("erlang_c"), ids=named)
def test_erlang_c(row: dict[str, str]) -> None:
    rate, mu = float(row["lambda_per_h"]), float(row["mu_per_h"])
    agrees(queues.erlang_c(rate, mu, int(row["servers"])), row)


@pytest.mark.parametrize("row", oracle("erlang_a"), ids=named)
def test_erlang_a(row: dict[str, str]) -> None:
    rate, mu, theta = values(row, "lambda_per_h", "mu_per_h", "theta_per_h").values()
    agrees(queues.erlang_a(rate, mu, theta, int(row["servers"])), row)


@pytest.mark.parametrize("row", oracle("mmck"), ids=named)
def test_mmck(row: dict[str, str]) -> None:
    rate, mu = values(row, "lambda_per_h", "mu_per_h").values()
    agrees(queues.mmck(rate, mu, int(row["servers"]), int(row["K_system"])), row)


@pytest.mark.parametrize("row", oracle("engset"), ids=named)
def test_engset(row: dict[str, str]) -> None:
    sources, servers = int(row["sources"]), int(row["servers"])
    agrees(queues.engset(sources, servers, float(row["alpha_lambda_over_mu"])), row, 1e-11)


@pytest.mark.parametrize("row", oracle("mgc_exact"), ids=named)
def test_mgc(row: dict[str, str]) -> None:
    law, servers = row["service"], int(row["servers"])
    rate, mean = float(row["lambda"]), float(row["mean_service"])
    if law == "det":
        agrees(queues.constant_line(rate, mean, servers, 400), row, DIGITS)
    else:
        agrees(queues.phases_line(law, rate, mean, servers, 600), row, DIGITS)


@pytest.mark.parametrize("row", oracle("autoscale_setup_ctmc"), ids=named)
def test_servers_that_are_set_up(row: dict[str, str]) -> None:
    """And of those on, all but the idle are busy: E[on] - E[idle] = rate / mu."""
    rate, mu, boot = values(row, "lambda_per_h", "mu_per_h", "boot_rate_per_h").values()
    least, most, spare = (int(row[name]) for name in ("cmin", "cmax", "spare"))
    room = int(row["K_system"])
    found = queues.with_set_up(rate, mu, boot, least=least, most=most, spare=spare, room=room)
    agrees(found, row, DIGITS)
    assert found["E_servers_on"] - found["E_idle_on"] == pytest.approx(rate / mu, rel=DIGITS)


def test_servers_that_boot_at_once_are_always_there() -> None:
    """Booting 10^9 times as fast as people come, without anything spare: M/M/infinity, no wait."""
    found = queues.with_set_up(4, 0.5, 4e9, least=0, most=60, spare=0, room=60)
    assert found["mean_wait_h"] < 1e-9
    assert found["E_servers_on"] == pytest.approx(8)


def profile(name: str) -> list[float]:
    """Arrivals per hour of a day."""
    [row] = [row for row in oracle("profiles_24h") if row["profile"] == name]
    return [float(row[f"h{hour}"]) for hour in range(24)]


def test_profiles() -> None:
    assert sum(profile("office24")) == pytest.approx(151.1)


def test_loss_with_scheduled_capacity() -> None:
    """Each hour of the day, and the day. Whoever is in stays in, also above the capacity."""
    *hours, whole = oracle("loss_scheduled_capacity")
    rates = [float(row["lambda_per_h"]) for row in hours]
    capacities = [int(row["capacity"]) for row in hours]
    day = queues.loss_day(rates, capacities, 0.5)
    n = np.arange(max(capacities) + 1)
    blocked, servers = [], []
    for row, capacity, at, mean in zip(hours, capacities, day.at_hour, day.mean, strict=True):
        blocked.append(float(mean[capacity:].sum()))
        servers.append(float(mean @ np.maximum(n, capacity)))
        found = {"EN_at_hour": float(at @ n), "EN_mean": float(mean @ n)}
        found["p_block_arrivals"] = blocked[-1]
        agrees(found | {"server_hours_incl_draining": servers[-1]}, row, 1e-9)
    turned_away = float(np.dot(rates, blocked)) / sum(rates)
    agrees({"p_block_arrivals": turned_away, "server_hours_incl_draining": sum(servers)}, whole)


@pytest.mark.parametrize("row", oracle("mtmc_daily_summary"), ids=named)
def test_days_of_a_line(row: dict[str, str]) -> None:
    """Each hour of the day, and the day, as those who come meet it; 200 are never there."""
    rates, servers = profile(row["profile"]), int(row["servers"])
    room = min(int(row["K"]), 200)
    theta = float(row["theta_per_h"])
    day = queues.line_day(rates, float(row["mu_per_h"]), servers, room, theta)
    n = np.arange(room + 1)
    hours = [hour for hour in oracle("mtmc_hourly") if hour["scenario"] == row["scenario"]]
    assert len(hours) == 24
    for hour, at, mean in zip(hours, day.at_hour, day.mean, strict=True):
        line = np.maximum(n - servers, 0)
        found = {
            "EN_at_hour": float(at @ n),
            "EN_mean_in_hour": float(mean @ n),
            "EQ_at_hour": float(at @ line),
            "EQ_mean_in_hour": float(mean @ line),
        }
        agrees(found, hour, DIGITS)
    agrees(queues.day_of_line(day, rates, servers, theta), row, DIGITS)


def test_capacity_that_is_scheduled_is_the_constant_one_when_it_does_not_change() -> None:
    """The same rate and capacity in each hour are Erlang's loss system."""
    day = queues.loss_day([9.0] * 24, [10] * 24, 0.9)
    for before, after in pairwise(day.mean):
        assert before == pytest.approx(after, rel=1e-9)
    assert day.mean[0][10] == pytest.approx(queues.erlang_b(10, 10.0), rel=1e-9)
