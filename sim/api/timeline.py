"""A story as a picture: days below each other, in a notebook or as a file."""

from pathlib import Path
from typing import TYPE_CHECKING

from sim.api.errors import ResultError
from sim.api.explain import wrong
from sim.api.picture import Picture, check_suffix
from sim.api.story import Story
from sim.units import HOUR, Millis

if TYPE_CHECKING:
    from sim.report.figures import Timeline
    from sim.report.style import Picture as Figure


def write_picture(story: Story, path: Path) -> None:
    """Write the picture as `.svg` or `.png`, whole or not at all.

    Raises:
        ResultError: for another kind of file, or too many days.
        OSError: as one sentence, when the system refuses.
    """
    from sim.report.figures import MOST_DAYS

    check_suffix(path)
    days = _days(story)
    if days.days > MOST_DAYS:
        raise ResultError(
            f"a picture holds at most {MOST_DAYS} days, got {days.days}; "
            "choose some with --from and --to"
        )
    _picture(story, days).write(path)


def figure(story: Story) -> "Figure":
    """The picture as a Matplotlib figure.

    Raises:
        ValueError: for too many days.
    """
    from sim.report.picture import drawn

    picture = _picture(story, _days(story))
    return drawn(picture.draw, title=picture.title, height=picture.height)


def drawing(story: Story) -> str | None:
    """The picture as SVG for a notebook; None when it has too many days."""
    from sim.report.figures import MOST_DAYS

    days = _days(story)
    return _picture(story, days).svg() if days.days <= MOST_DAYS else None


def _picture(story: Story, days: "Timeline") -> Picture:
    from sim.report.figures import describe_timeline, desktop_timeline, height_of_timeline

    return Picture(
        _title(story),
        describe_timeline(days),
        height_of_timeline(days.days),
        lambda ax: desktop_timeline(days, ax),
    )


def _title(story: Story) -> str:
    """Whose days, and which."""
    whose = "" if story.name == story.user_name else f" of {story.user_name}"
    days = [story.recorded.calendar.instant(at) for at in (story.begin, story.end - 1)]
    first, last = (f"{day:%Y-%m-%d}" for day in days)
    when = first if first == last else f"{first} to {last}"
    return f"{story.name}{whose}, {'pool' if story.pooled else 'fleet'} {story.fleet}, {when}"


def _days(story: Story) -> "Timeline":
    """The story in hours since midnight of its first day."""
    from sim.report.figures import Timeline

    calendar = story.recorded.calendar
    first = calendar.instant(story.begin).replace(hour=0, minute=0, second=0, microsecond=0)
    origin = calendar.millis(first)

    def hours(at: Millis | None) -> float:
        return ((story.recorded.end if at is None else at) - origin) / HOUR

    states = [(hours(row["begin"]), hours(row["end"]), row["state"]) for row in story.states]
    states += [(hours(row["begin"]), hours(row["end"]), "instance") for row in story.instances]
    left = {row["ended"]: row["disconnected"] for row in story.sessions if row["ended"] is not None}
    return Timeline(
        first_day=first.date(),
        begin=hours(story.begin),
        end=hours(story.end),
        states=states,
        sessions=[
            (hours(begin), hours(end), hours(left.get(end, end))) for begin, end in story.work
        ],
        logons=[
            (
                hours(row["arrival"]),
                hours(row["over"] if row["connected"] is None else row["connected"]),
            )
            for row in story.sessions
        ],
        # A state that is trouble, such as being unhealthy, is a band of its own.
        wrong=[(hours(at), f"{what}: {cause}") for at, what, cause in wrong(story) if cause],
    )
