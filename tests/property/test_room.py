"""Which instance in use has a place left: found at once, it is the one that a look at all finds."""

from hypothesis import given
from hypothesis import strategies as st

from sim.model.instances import Instance
from sim.model.room import Room

changes = st.tuples(st.sampled_from(["take", "take", "take", "give", "lose"]), st.integers(0, 3))


class Office:
    """Four instances, and a room that is told of every change."""

    def __init__(self, places: int, *, fullest: bool) -> None:
        self.places, self.fullest = places, fullest
        self.room = Room(places, fullest=fullest)
        self.instances = [Instance(number, 0, 0, None, 0) for number in range(4)]

    def change(self, what: str, number: int) -> None:
        """One place more or less is taken on an instance, or the instance is gone."""
        instance = self.instances[number]
        if what == "lose":
            instance.terminated = 0
        elif instance.terminated is None:
            taken = instance.sessions + (1 if what == "take" else -1)
            instance.sessions = min(max(taken, 0), self.places)
            self.room.note(instance)

    def first(self) -> Instance | None:
        """By a look at all (P5.4): the fullest or the emptiest in use, ties to the lower number."""
        sign = -1 if self.fullest else 1
        return min(
            (
                instance
                for instance in self.instances
                if 0 < instance.sessions < self.places and instance.terminated is None
            ),
            key=lambda instance: (sign * instance.sessions, instance.number),
            default=None,
        )


@given(
    st.integers(1, 4),
    st.booleans(),
    st.lists(st.tuples(changes, st.booleans()), min_size=20, max_size=60),
)
def test_it_is_the_one_that_a_look_at_all_finds(
    places: int, fullest: bool, told: list[tuple[tuple[str, int], bool]]
) -> None:
    """Asked after some of the changes, for what has gone on is struck off when it is asked."""
    office = Office(places, fullest=fullest)
    for (what, number), asked in told:
        office.change(what, number)
        if asked:
            assert office.room.first() is office.first()
    assert office.room.first() is office.first()
