"""Whether the directory can do what is asked of it: how many users, a second factor."""

from collections.abc import Iterator

from sim.scenario.desktops import SIMPLE_AD_USERS
from sim.scenario.draft import Draft, Finding


def authentication_findings(draft: Draft) -> Iterator[Finding]:
    """What a Simple AD cannot do.

    Source: AWS Directory Service Administration Guide, "Simple AD": sizes; no multi-factor
    authentication.
    """
    directory = draft.directory
    if directory is None or directory.kind != "simple-ad":
        return
    if draft.has("access", "mfa"):
        yield ("access", "mfa"), "expected no second factor, which a Simple AD cannot ask for"
    most, users = SIMPLE_AD_USERS[directory.size], _users(draft)
    if users > most:
        hint = "; a large one has up to 5,000" if directory.size == "small" else ""
        message = f"expected at most {most:,} users of a {directory.size} Simple AD, got {users:,}"
        yield ("directory", "kind"), message + hint


def _users(draft: Draft) -> int:
    """Users who authenticate, as far as the file says how many there are."""
    serving = {name: served for (_, name), served in draft.serving.items()}
    return sum(
        people.users
        for people in draft.populations.values()
        if people.fleet in serving and serving[people.fleet].uses_directory
    )
