"""The laws of the frontier: what nothing else beats, whatever the points."""

from hypothesis import given
from hypothesis import strategies as st

from sim.study.frontier import dominates, dominators, spread

# Few different numbers, so that ties and equal points are common.
POINTS = st.integers(1, 4).flatmap(
    lambda measures: st.lists(
        st.tuples(*[st.integers(0, 4).map(float)] * measures), min_size=1, max_size=12
    )
)


@given(POINTS)
def test_the_frontier_is_what_no_other_point_beats(points: list[tuple[float, ...]]) -> None:
    beaten = [any(dominates(other, point) for other in points) for point in points]

    assert [by is not None for by in dominators(points)] == beaten


@given(POINTS)
def test_who_dominates_is_on_the_frontier(points: list[tuple[float, ...]]) -> None:
    found = dominators(points)

    assert None in found
    for point, by in zip(points, found, strict=True):
        if by is not None:
            assert dominates(points[by], point)
            assert found[by] is None


@given(POINTS, st.data())
def test_adding_a_dominated_point_changes_nothing(
    points: list[tuple[float, ...]], data: st.DataObject
) -> None:
    """As good as some point in all but one measure, and worse there."""
    worse = list(data.draw(st.sampled_from(points)))
    worse[data.draw(st.integers(0, len(worse) - 1))] += data.draw(st.integers(1, 3))

    *before, added = dominators([*points, tuple(worse)])

    assert added is not None
    assert before == dominators(points)


@given(POINTS, st.data())
def test_the_order_of_the_points_does_not_matter(
    points: list[tuple[float, ...]], data: st.DataObject
) -> None:
    order = data.draw(st.permutations(range(len(points))))

    found = dominators([points[place] for place in order])

    before = dominators(points)
    assert [by is None for by in found] == [before[place] is None for place in order]


@given(POINTS)
def test_a_point_does_not_dominate_itself_nor_who_dominates_it(
    points: list[tuple[float, ...]],
) -> None:
    for one in points:
        assert not dominates(one, one)
        for other in points:
            assert not (dominates(one, other) and dominates(other, one))


@given(st.lists(st.integers(-5, 5).map(float), min_size=1))
def test_in_one_measure_the_least_is_the_frontier(values: list[float]) -> None:
    found = dominators([(value,) for value in values])

    assert [by is None for by in found] == [value == min(values) for value in values]


@given(st.integers(0, 60), st.integers(2, 20))
def test_a_choice_of_points_is_in_order_with_both_ends(number: int, most: int) -> None:
    points = list(range(number))

    found = spread(points, most)

    assert len(found) == len(set(found)) == min(number, most)
    assert found == sorted(found)
    if points:
        assert (found[0], found[-1]) == (0, number - 1)
