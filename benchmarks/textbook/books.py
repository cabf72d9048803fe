"""The books of a desktop: its states, terms and metered runs, written down as they end."""

from dataclasses import dataclass, replace
from typing import Any

from benchmarks.textbook.facts import Facts
from sim.record import NEVER, DesktopState, RunKind, RunningMode
from sim.units import Millis


@dataclass(frozen=True)
class Terms:
    """What holds of a desktop until an operation changes it."""

    bundle: str
    root_gb: int
    user_gb: int
    mode: RunningMode


class Books:
    """Three spans under way, of which the last ones are not written yet."""

    def __init__(self, facts: Facts, desktop: int, terms: Terms, begin: Millis) -> None:
        self._facts = facts
        self._desktop = desktop
        self.state = DesktopState.ABSENT
        self._since = begin
        self._before: tuple[Millis, DesktopState] | None = None
        self.terms = terms
        self._terms_since = NEVER
        self._terms_are_first = False
        self._run: tuple[Millis, RunKind] | None = None

    # ---------------------------------------------------------------- states

    def enter(self, state: DesktopState, now: Millis) -> None:
        """The desktop is in another state from now on."""
        if now > self._since:
            self._write_state_before()
            self._before, self._since = (self._since, self.state), now
        self.state = state
        if self._before is not None and self._before[1] == state:
            self._since, self._before = self._before[0], None

    def _write_state_before(self) -> None:
        """Write the last interval that no later state can continue (D6)."""
        if self._before is not None:
            begin, state = self._before
            self._facts.add("desktop_states", self._desktop, begin, self._since, state)
            self._before = None

    # ---------------------------------------------------------------- terms

    def open_terms(self, now: Millis, *, created: bool) -> None:
        """The terms hold from now on, from the desktop's creation or from before the run."""
        self._terms_since, self._terms_are_first = now, created

    def change_terms(self, now: Millis, **terms: Any) -> None:
        """Other terms hold from now on."""
        if now > self._terms_since:
            self._write_terms(now, deleted=False)
            self._terms_since, self._terms_are_first = now, False
        self.terms = replace(self.terms, **terms)

    def close_terms(self, now: Millis) -> None:
        """The desktop is deleted; terms without length are written too, as they say so (D7)."""
        self._write_terms(now, deleted=True)
        self._terms_since = NEVER

    def _write_terms(self, end: Millis, *, deleted: bool) -> None:
        self._facts.add(
            "desktop_terms",
            self._desktop,
            self._terms_since,
            end,
            self.terms.bundle,
            self.terms.root_gb,
            self.terms.user_gb,
            self.terms.mode,
            self._terms_are_first,
            deleted,
        )

    # ---------------------------------------------------------------- runs

    def begin_run(self, now: Millis, kind: RunKind) -> None:
        """Metering begins."""
        self._run = (now, kind)

    def end_run(self, now: Millis) -> None:
        """Metering ends, if it was on."""
        if self._run is not None:
            begin, kind = self._run
            if now > begin:
                self._facts.add("runs", self._desktop, begin, now, kind)
            self._run = None

    # ---------------------------------------------------------------- the end

    def close(self, end: Millis) -> None:
        """The run is over: write what is open (M10)."""
        self._write_state_before()
        if end > self._since:
            self._facts.add("desktop_states", self._desktop, self._since, end, self.state)
        if self._terms_since != NEVER:
            self._write_terms(end, deleted=False)
        self.end_run(end)
