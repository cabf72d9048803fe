"""Random numbers with an address: what an element depends on, and what it does not."""

import subprocess
import sys

import numpy as np
import pytest

from sim.workload import Stream

PHILOX_FIRST = (2**-53, 1 - 2**-53)


def test_an_element_does_not_depend_on_how_many_are_asked_for() -> None:
    stream = Stream(1, 0, "arrivals/agents")

    many = stream.uniforms(1000, day=5, ordinal=2)

    assert np.array_equal(stream.uniforms(1, day=5, ordinal=2), many[:1])
    assert np.array_equal(stream.uniforms(10, day=5, ordinal=2, first=7), many[7:17])


@pytest.mark.parametrize("elements", [[0], [3, 2, 1], [7, 7], [0, 5_000, 4_000_000, 5_001], []])
def test_elements_come_in_the_order_asked_for(elements: list[int]) -> None:
    stream = Stream(1, 0, "arrivals/agents")

    found = stream.at(np.array(elements, dtype=np.int64), day=3, ordinal=1)

    one_by_one = [stream.uniforms(1, day=3, ordinal=1, first=n)[0] for n in elements]
    assert found.tolist() == one_by_one


def test_elements_beyond_all_users_have_their_own_numbers() -> None:
    stream = Stream(1, 0, "arrivals/agents")

    far = stream.at(np.array([2**40, 2**40 + 1]))

    assert not np.array_equal(far, stream.uniforms(2))


def test_every_part_of_the_address_matters() -> None:
    def numbers(
        seed: int, replication: int, name: str, day: int, ordinal: int
    ) -> tuple[float, ...]:
        return tuple(Stream(seed, replication, name).uniforms(8, day=day, ordinal=ordinal))

    addresses = [
        (1, 0, "a/x", 1, 0),
        (2, 0, "a/x", 1, 0),
        (2**32 + 1, 0, "a/x", 1, 0),
        (0, 0, "a/x", 1, 0),
        (1, 1, "a/x", 1, 0),
        (1, 0, "b/x", 1, 0),
        (1, 0, "a/y", 1, 0),
        (1, 0, "a/x", 0, 0),
        (1, 0, "a/x", 0, 1),
        (1, 0, "a/x", 1, 1),
        (1, 0, "a/x", 740_000, 0),
    ]

    assert len({numbers(*address) for address in addresses}) == len(addresses)


def test_the_same_in_another_process() -> None:
    code = (
        "from sim.workload import Stream;"
        "print(Stream(7, 3, 'lengths/sales').uniforms(3, day=739_000, ordinal=2, first=5).tolist())"
    )
    here = Stream(7, 3, "lengths/sales").uniforms(3, day=739_000, ordinal=2, first=5).tolist()

    other = subprocess.run(
        [sys.executable, "-c", code],
        capture_output=True,
        text=True,
        check=True,
        env={"PYTHONHASHSEED": "12345"},
    )

    assert other.stdout.strip() == str(here)


def test_the_ends_of_the_interval_are_never_reached() -> None:
    # The least and the greatest of 64 random bits: 0.5 / 2**52 and (2**52 - 1 + 0.5) / 2**52.
    class Ends:
        state: object = None

        def random_raw(self, count: int) -> np.ndarray[tuple[int], np.dtype[np.uint64]]:
            return np.array([0, 2**64 - 1] * count, dtype=np.uint64)[:count]

    stream = Stream(1, 0, "x")
    stream._generator = Ends()  # type: ignore[assignment]

    assert stream.uniforms(2).tolist() == [2.0**-53, 1 - 2.0**-53]
    assert 0 < 2.0**-53 < 1 - 2.0**-53 < 1


def test_numbers_are_uniform_along_users_days_and_ordinals() -> None:
    stream = Stream(11, 0, "arrivals/agents")
    along_users = stream.uniforms(40_000)
    along_days = np.array([stream.uniforms(1, day=day)[0] for day in range(10_000)])
    along_ordinals = np.array([stream.uniforms(1, ordinal=n)[0] for n in range(10_000)])

    for numbers in (along_users, along_days, along_ordinals):
        # Kolmogorov-Smirnov: the largest distance from the law exceeds 2.2 / sqrt(n) by chance
        # once in 8,000 times, 2 exp(-2 * 2.2**2).
        rank = np.arange(1, len(numbers) + 1) / len(numbers)
        distance = np.abs(np.sort(numbers) - rank).max()
        assert distance < 2.2 / np.sqrt(len(numbers))


def test_replications_are_uncorrelated() -> None:
    numbers = np.array([Stream(5, n, "arrivals/agents").uniforms(2_000) for n in range(21)])

    correlation = np.corrcoef(numbers)[np.triu_indices(21, k=1)]

    # 210 pairs, each with standard error 1 / sqrt(2000) = 0.0224; 4.5 of them are 0.1.
    assert np.abs(correlation).max() < 4.5 / np.sqrt(2_000)
