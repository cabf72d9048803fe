"""A price holds in its own region: nobody is billed at the prices of another one."""

from pathlib import Path

import pytest

import sim
from sim.scenario import Problem, ScenarioError
from tests.small_office import PRICES, TEXT, write_office

IRELAND = TEXT.replace("region: us-east-1", "region: eu-west-1")
TWO_REGIONS = TEXT.replace("  b: {}\n", "  b: {region: eu-west-1}\n").replace(
    "    bundle: value\n", "    bundle: value\n    region: eu-west-1\n"
)


def problems(file: Path, *overrides: str) -> list[Problem]:
    with pytest.raises(ScenarioError) as caught:
        sim.load(file, overrides)
    return caught.value.problems


def line_of(text: str, part: str) -> int:
    return text[: text.index(part)].count("\n") + 1


def book_of(folder: Path, region: str) -> Path:
    """The book of us-east-1 with its column `region` rewritten."""
    text = (PRICES / "us-east-1.csv").read_text(encoding="utf-8")
    file = folder / "mine.csv"
    file.write_text(text.replace(",us-east-1,", f",{region},"), encoding="utf-8")
    return file


def test_the_prices_of_another_region_are_refused_where_the_region_is_written(
    tmp_path: Path,
) -> None:
    (problem,) = problems(write_office(tmp_path, IRELAND))

    assert (problem.line, problem.path) == (line_of(IRELAND, "region: eu"), "region")
    assert problem.message.startswith(
        "book us-east-1 has prices of us-east-1, not of eu-west-1; name a book of eu-west-1 under "
        "prices.book, or supply prices under prices.add with a source"
    )


def test_a_fleet_in_a_second_region_is_told_at_its_own_region(tmp_path: Path) -> None:
    (problem,) = problems(write_office(tmp_path, TWO_REGIONS))

    line = line_of(TWO_REGIONS, "    region: eu-west-1")
    assert (problem.line, problem.path) == (line, "fleets.part-time.region")


def test_an_operation_asks_in_the_region_of_its_fleet(tmp_path: Path) -> None:
    """The bundle after the change has a price, in Virginia."""
    change = (
        "operations:\n  - {at: 2026-09-03, operation: change-compute, fleet: part-time, "
        "share: 50 %, to: standard}\n"
    )
    own = (
        "prices.add={"
        "personal/autostop-base/80-10: {unit_price: 8 USD, unit: desktop-month, source: an "
        "invoice, as_of: 2026-09-01}, personal/autostop-hours/value/windows/included: "
        "{unit_price: 0.2 USD, unit: hour, source: an invoice, as_of: 2026-09-01}}"
    )
    sim.load(write_office(tmp_path, TWO_REGIONS), [own])

    (problem,) = problems(write_office(tmp_path, TWO_REGIONS + change), own)

    assert problem.path == "fleets.part-time.region"
    assert problem.message.endswith("(personal/autostop-hours/standard/windows/included)")


POOL = """\
pools:
  lab:
    bundle: power
    running_mode: AutoStop
    maximum: 4
"""


def with_pool(settings: str = "") -> str:
    """The office with a pool beside it; neither book prices both."""
    pool = POOL + "".join(f"    {line}\n" for line in settings.splitlines())
    return TWO_REGIONS.replace("    region: eu-west-1\n", "").replace(
        "fleets:\n", pool + "fleets:\n"
    )


def test_a_pool_without_prices_is_told_at_its_bundle_and_its_storage(tmp_path: Path) -> None:
    text = with_pool("storage: {item: moon/gb-month, per_user: 1 GB}")
    found = {
        (p.path, p.line, p.message.split(" in book")[0])
        for p in problems(write_office(tmp_path, text))
    }

    bundle, storage = line_of(text, "bundle: power"), line_of(text, "storage: {item")
    assert found == {
        ("pools.lab.bundle", bundle, "no price for pool/running-hour/power/included"),
        ("pools.lab.bundle", bundle, "no price for pool/stopped-hour"),
        ("pools.lab.bundle", bundle, "no price for pool/user-month"),
        ("pools.lab.storage.item", storage, "no price for moon/gb-month"),
    }


def test_a_pool_in_a_second_region_is_told_at_its_own_region(tmp_path: Path) -> None:
    """A book with the desktops of Virginia and the pools of Singapore: the pool is in Ireland."""
    text = with_pool("region: eu-west-1")
    desktops = (PRICES / "us-east-1.csv").read_text(encoding="utf-8")
    rows = (PRICES / "ap-southeast-1.csv").read_text(encoding="utf-8").splitlines(keepends=True)
    pools = [row for row in rows if row.startswith("pool/")]
    (tmp_path / "both.csv").write_text(desktops + "".join(pools), encoding="utf-8")
    (problem,) = problems(write_office(tmp_path, text), f"prices.book={tmp_path / 'both.csv'}")

    assert (problem.line, problem.path) == (
        line_of(text, "    region: eu-west-1"),
        "pools.lab.region",
    )
    assert "has prices of ap-southeast-1, not of eu-west-1" in problem.message
    assert problem.message.endswith("(pool/running-hour/power/included and 2 more)")


def test_supplied_prices_hold_wherever_they_are_asked_for(tmp_path: Path) -> None:
    """Ireland: 5 desktops x 8 USD for the month's base fee, from the scenario's own prices."""
    own = [
        f'prices.add."{item}"={{unit_price: {amount} USD, unit: {unit}, source: an invoice, '
        "as_of: 2026-09-01}"
        for item, unit, amount in (
            ("personal/autostop-base/80-10", "desktop-month", 8),
            ("personal/autostop-hours/value/windows/included", "hour", "0.2"),
        )
    ]

    run = sim.run(write_office(tmp_path, TWO_REGIONS), overrides=own)

    assert run.invoice[run.invoice.charge == "autostop-base"].unit_price.tolist() == [8]


def test_a_book_whose_region_is_empty_holds_everywhere(tmp_path: Path) -> None:
    book = f"prices.book={book_of(tmp_path, '')}"

    assert sim.load(write_office(tmp_path, TWO_REGIONS), [book]).prices.name == "mine"


def test_a_book_of_the_right_region_is_taken_whatever_it_is_called(tmp_path: Path) -> None:
    book = f"prices.book={book_of(tmp_path, 'eu-west-1')}"

    assert sim.load(write_office(tmp_path, IRELAND), [book]).spec.region == "eu-west-1"


def test_a_run_is_not_priced_again_at_another_region_s_prices(tmp_path: Path) -> None:
    run = sim.run(write_office(tmp_path))

    with pytest.raises(ScenarioError, match="has prices of eu-west-1, not of us-east-1"):
        run.reprice(book_of(tmp_path, "eu-west-1"))
