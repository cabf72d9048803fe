"""What each assumption explains: by hand where that can be done, else against many draws."""

import numpy as np
import pytest

from sim.report.forecasts import moves
from sim.study.influence import influences

TWELVE = [float(number) for number in range(1, 13)]
"""What twelve draws cost."""


def texts(values: object) -> list[str]:
    return [f"{value:.3f} %" for value in np.asarray(values)]


def test_a_number_that_the_cost_follows_explains_all_of_it() -> None:
    (found,) = influences({"a": [f"{n * n} GB" for n in range(1, 13)]}, TWELVE)

    assert (found.share.value, found.share.low) == (1.0, None)
    assert found.share.notes[0].text == "nothing is left to chance"
    # The lowest third of twelve: four draws, that cost 1 to 4; the highest 9 to 12.
    assert (found.low, found.cost_at_low) == ("16 GB or less", 2.5)
    assert (found.high, found.cost_at_high) == ("81 GB or more", 10.5)


def test_what_chance_explains_is_taken_off() -> None:
    """Neighbours swapped: each of 12 ranks is off by one, so rho = 1 - 6 x 12 / (12 x 143).

    rho = 0.958, its square 0.918; of which 1/11 is what chance would explain:
    (0.918 - 0.0909) / (1 - 0.0909) = 0.910. Interval: atanh(0.958) = 1.921, with standard
    deviation sqrt((1 + 0.459) / 9) = 0.4026: 1.132 to 2.710, the squares of the tanh 0.6575 and
    0.9824.
    """
    swapped = [number + 1 - 2 * (number % 2 == 0) for number in range(1, 13)]
    (found,) = influences({"a": list(map(str, swapped))}, TWELVE)

    assert found.share.value == pytest.approx(0.910, abs=0.001)
    assert found.share.low == pytest.approx(0.6575, abs=0.002)
    assert found.share.high == pytest.approx(0.9824, abs=0.002)
    assert found.is_established


def test_choices_have_no_order() -> None:
    """Three choices of four draws that cost 5 to 8, 1 to 4 and 9 to 12.

    Means of ranks 6.5, 2.5, 10.5 around 6.5: 4 x (16 + 16) = 128 of 143 in all, 0.895. Chance
    explains 2/11: (0.895 - 0.182) / (1 - 0.182) = 0.872.
    """
    costs = [5.0, 6, 7, 8, 1, 2, 3, 4, 9, 10, 11, 12]
    (found,) = influences({"a": ["1 h"] * 4 + ["2 h"] * 4 + ["4 h"] * 4}, costs)

    assert found.share.value == pytest.approx(0.872, abs=0.001)
    assert (found.low, found.cost_at_low) == ("2 h", 2.5)
    assert (found.high, found.cost_at_high) == ("4 h", 10.5)
    assert found.share.low is not None
    assert 0.5 < found.share.low < 0.872 < (found.share.high or 0) < 0.95


def test_the_one_that_explains_most_comes_first_and_one_that_never_varies_not_at_all() -> None:
    shuffled = [3, 1, 2, 4, 6, 5, 7, 9, 8, 12, 10, 11]
    drawn = {
        "same": ["1 h"] * 12,
        "nothing": [str(number) for number in (7, 3, 11, 1, 9, 5, 12, 2, 8, 4, 10, 6)],
        "much": list(map(str, shuffled)),
    }
    found = influences(drawn, TWELVE)

    assert [one.assumption for one in found] == ["much", "nothing"]
    assert (found[1].share.value, found[1].share.low) == (0.0, 0.0)


def test_few_draws_and_equal_costs_say_nothing() -> None:
    assert influences({"a": list(map(str, range(11)))}, TWELVE[:11]) == []
    assert influences({"a": list(map(str, range(12)))}, [5.0] * 12) == []


def test_intervals_contain_the_truth_as_often_as_they_say() -> None:
    """y = x + z / 2 + noise: variances 1 + 0.25 + 0.49. The rank correlation of normal numbers is
    6/pi asin(r/2): with r = 1/sqrt(1.74) its square is 0.55, of z 0.132, of what does nothing 0.

    400 times 36 draws: 380 of them, with a standard deviation of 4.4.
    """
    chance = np.random.default_rng(5)
    truth = {"x": 0.55, "z": 0.132}
    held, wrong = dict.fromkeys(truth, 0), 0
    for _ in range(400):
        x, z, w, noise = chance.normal(size=(4, 36))
        drawn = {"x": texts(x), "z": texts(z), "w": texts(w)}
        for one in influences(drawn, list(x + z / 2 + 0.7 * noise)):
            if one.assumption == "w":
                wrong += one.is_established
            else:
                assert one.share.low is not None
                assert one.share.high is not None
                held[one.assumption] += one.share.low <= truth[one.assumption] <= one.share.high

    assert min(held.values()) >= 365
    assert wrong <= 20  # at most 2.5 % of 400, and chance


def test_the_sentence_says_what_is_not_established() -> None:
    chance = np.random.default_rng(8)
    x, z = chance.normal(size=(2, 36))
    both = influences({"x": texts(x), "z": texts(z)}, list(x + z))
    one = influences({"x": texts(x), "z": texts(z)}, list(x + z / 9))
    none = influences({"x": texts(x)}, list(z))

    assert "is not established." in moves(both, "USD")
    assert moves(one, "USD").startswith("What moves the answer most is x, which explains 9")
    assert "not established" not in moves(one, "USD")
    assert moves(none, "USD").startswith("36 draws are too few to tell which assumption moves")
