"""What a forecast is going to run: a scenario for each draw of its assumptions, found right."""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import cache

from sim.api.errors import ResultError
from sim.api.loading import Scenario, checked, known
from sim.api.results import Run
from sim.api.running import run
from sim.pricing import ScheduledChange, price_in
from sim.pricing.charges import EXACT
from sim.scenario import Problem, ScenarioError, load_scenario
from sim.scenario.document import Node
from sim.scenario.errors import did_you_mean
from sim.scenario.files import from_here
from sim.scenario.forecasts import ForecastFile
from sim.scenario.layers import Reader
from sim.study.assumed import Draw
from sim.study.execution import Task
from sim.study.forecasting import Bill


@dataclass(frozen=True)
class ForecastPlan:
    """The draws of a forecast, and the scenario of each."""

    forecast: ForecastFile
    scenario: Scenario
    """With all assumptions as the scenario has them."""
    draws: tuple[tuple[Draw, Scenario], ...]

    @property
    def number_of_draws(self) -> int:
        """0 if nothing is drawn."""
        return len(self.draws) if self.forecast.spec.is_drawn else 0

    @property
    def replications(self) -> int:
        """Runs of each draw."""
        return self.forecast.spec.shape[1]

    def tasks(self) -> list[Task]:
        """Each run, draw by draw.

        No two have the same number: runs of one number meet the same people, and what they share
        would be taken for what their assumptions do.
        """
        each = self.replications
        return [
            Task(f"{number:06d}", (scenario, number, draw.changes))
            for draw, scenario in self.draws
            for number in range(draw.number * each, (draw.number + 1) * each)
        ]


def plan_forecast(forecast: ForecastFile, overrides: Sequence[str] = ()) -> ForecastPlan:
    """Draw the assumptions, and make the scenario of each draw.

    Raises:
        ScenarioError: with everything that is wrong in any draw, and which draw that is.
    """
    reader = Reader()
    scenario = _scenario(forecast, [], overrides, reader)
    problems = [*_unknown_prices(forecast, scenario), *_dollars(forecast, scenario)]
    if problems:
        raise ScenarioError(problems)
    number, _ = forecast.spec.shape
    made, wrong = [], defaultdict[Problem, list[Draw]](list)
    for draw in (Draw(forecast, scenario.spec.seed, at) for at in range(number)):
        for problem in _impossible_prices(forecast, draw):
            wrong[problem].append(draw)
        try:
            drawn = _scenario(forecast, draw.layers, overrides, reader) if draw.layers else scenario
        except ScenarioError as error:
            for problem in dict.fromkeys(error.problems):
                wrong[problem].append(draw)
            continue
        made.append((draw, drawn))
    if wrong:
        raise ScenarioError(_with_draw(problem, where) for problem, where in wrong.items())
    return ForecastPlan(forecast, scenario, tuple(made))


def _scenario(
    forecast: ForecastFile, drawn: Sequence[Node], overrides: Sequence[str], reader: Reader
) -> Scenario:
    layers = [*forecast.settings, forecast.months, *drawn]
    file = from_here(forecast.spec.scenario)
    resolved = load_scenario(file, overrides, layers=layers, reader=reader)
    return checked(known(resolved, tuple(overrides)))


def _with_draw(problem: Problem, where: Sequence[Draw]) -> Problem:
    """A problem says in which draw it is."""
    first, others = where[0], len(where) - 1
    values = ", ".join(f"{key}={text}" for key, text in first.said.items())
    more = f" and in {others} other{'s' * (others > 1)}" if others else ""
    message = f"{problem.message} (in draw {first.number}: {values}{more})"
    return problem._replace(message=message)


def _unknown_prices(forecast: ForecastFile, scenario: Scenario) -> Iterator[Problem]:
    """Changes of prices that there are not."""
    book = scenario.prices
    for at, step in enumerate(forecast.spec.price_changes):
        key = "item" if step.item is not None else "prefix"
        named = str(getattr(step, key))
        if named in book or (key == "prefix" and any(item.startswith(named) for item in book)):
            continue
        path = ("price_changes", at, key)
        message = f"no price in book {book.name} {'is' if key == 'item' else 'begins with'} "
        hint = did_you_mean(named, book)
        yield Problem.at(forecast.place(*path), path, f"{message}'{named}'{hint}")


def _dollars(forecast: ForecastFile, scenario: Scenario) -> Iterator[Problem]:
    """Amounts that are said to be dollars where prices are in another currency."""
    currency, steps = scenario.prices.currency, len(forecast.spec.price_changes)
    for path in [("budget",), *(("price_changes", at, "unit_price") for at in range(steps))]:
        node: Node | None = forecast.root
        for key in path:
            node = node and node.child(key)
        text = str(node.value) if node is not None else ""
        if currency != "USD" and ("$" in text or "USD" in text):
            message = (
                f"expected a plain number of {currency}, in which the prices are, got '{text}'"
            )
            yield Problem.at(forecast.place(*path), path, message)


def _impossible_prices(forecast: ForecastFile, draw: Draw) -> Iterator[Problem]:
    """Changes that a normal law made, after which nothing would cost anything, or less."""
    for at, part in enumerate(draw.parts):
        if part is not None and part.number <= -100:
            path = ("price_changes", at, "change")
            message = f"expected a change above -100 %, got '{part}'"
            yield Problem.at(forecast.place(*path), path, message)


def refuse_unknown_center(scenario: Scenario, cost_center: str) -> None:
    """Refuse a cost centre in which nothing can be booked, as far as the scenario says it.

    Raises:
        ResultError: with those that there are.
    """
    spec = scenario.spec
    if spec.replay is not None or any(people.workload for people in spec.populations.values()):
        return  # a recorded plan may name its own
    people = (one.cost_center or name for name, one in spec.populations.items())
    pools = (one.cost_center or name for name, one in spec.pools.items())
    services = (one.cost_center for one in spec.services.values())
    centers = sorted({*people, *pools, *services, "shared"})
    if cost_center not in centers:
        hint = did_you_mean(cost_center, centers) or f"; there are {', '.join(centers)}"
        raise ResultError(f"there is no cost centre '{cost_center}'{hint}")


def billed(argument: tuple[Scenario, int, Sequence[ScheduledChange]]) -> list[list[str]]:
    """One run in some process, as text: month, cost centre and exact cost."""
    scenario, number, changes = argument
    found = bill(run(scenario, replication=number, facts=False), changes)
    return [[*key, format(amount, "f")] for key, amount in sorted(found.items())]


def told(result: list[list[str]]) -> Bill:
    """A bill from its text."""
    return {(month, center): Decimal(amount) for month, center, amount in result}


def bill(result: Run, changes: Sequence[ScheduledChange] = ()) -> Bill:
    """Exact cost of a run by month and cost centre, with prices that change."""

    @cache
    def price(month: str, item: str, unit_price: Decimal) -> Decimal:
        return price_in(month, item, unit_price, changes)

    charges, found = result.charges, dict[tuple[str, str], Decimal]()
    names = ("month", "cost_center", "item", "quantity", "unit_price")
    for month, center, item, quantity, unit_price in zip(*(charges[n] for n in names), strict=True):
        amount = EXACT.multiply(quantity, price(month, item, unit_price))
        key = (str(month), str(center))
        found[key] = EXACT.add(found.get(key, Decimal(0)), amount)
    return found
