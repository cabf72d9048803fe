"""The two consoles: standard output for the answer, standard error for everything else.

Rich decides about colour: none into a pipe, none with NO_COLOR, and no animation there either.
"""

import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from rich.box import Box
from rich.console import Console, RenderableType
from rich.progress import BarColumn, Progress, SpinnerColumn, TextColumn
from rich.table import Table

RULED = Box("    \n    \n ── \n    \n ── \n    \n    \n    \n")
"""No frame: a rule below the header and between sections."""

WIDEST = 100
"""Columns of the widest line of a table: longer ones are hard to read across."""


def stdout(widest: int = WIDEST) -> Console:
    """The console of the answer."""
    return _console(stderr=False, widest=widest)


def stderr() -> Console:
    """The console of everything else."""
    return _console(stderr=True)


def _console(*, stderr: bool, widest: int = WIDEST) -> Console:
    console = Console(stderr=stderr, highlight=False, emoji=False, markup=False)
    piped = not console.is_terminal and "COLUMNS" not in os.environ
    console.width = widest if piped else min(console.width, widest)
    return console


def say(text: str, style: str = "") -> None:
    """A line of the answer, as it is: never folded, so that it can be copied and searched."""
    stdout().print(text, style=style, soft_wrap=True)


def complain(text: str, style: str = "") -> None:
    """Lines on standard error, as they are."""
    stderr().print(text, style=style, soft_wrap=True)


def grid(columns: Sequence[str], *, title: str = "", words: int = 1) -> Table:
    """A table: the first `words` columns are text, the others numbers, no frame but a rule."""
    table = Table(
        box=RULED,
        title=title or None,
        title_justify="left",
        title_style="bold",
        header_style="dim",
        pad_edge=False,
        padding=(0, 1),
        show_edge=False,
    )
    for place, name in enumerate(columns):
        table.add_column(name, justify="left" if place < words else "right", no_wrap=place >= words)
    return table


def answer(*parts: RenderableType, widest: int = WIDEST) -> None:
    """Parts of the answer, with a line of air between them; into a pipe without trailing blanks."""
    console = stdout(widest)
    with console.capture() as captured:
        for number, part in enumerate(parts):
            console.print(*(["", part] if number else [part]), sep="\n")
    text = captured.get()
    if not console.is_terminal:
        text = "".join(f"{line.rstrip()}\n" for line in text.splitlines())
    console.file.write(text)


@contextmanager
def progress(*, shown: bool) -> Iterator["Told"]:
    """A line on standard error that says what is being done, while it is being done."""
    console = stderr()
    if not (shown and console.is_terminal):
        yield Told(None)
        return
    bar = Progress(
        SpinnerColumn(),
        TextColumn("{task.description:<18}", markup=False),
        BarColumn(bar_width=30),
        TextColumn("{task.percentage:>3.0f} %"),
        console=console,
        transient=True,
    )
    with bar:
        yield Told(bar)


class Told:
    """Takes what is being done and how far it is."""

    def __init__(self, bar: Progress | None) -> None:
        self._bar = bar
        self._task = None if bar is None else bar.add_task("", total=1.0)

    def __call__(self, what: str, share: float) -> None:
        """Show that this share of it is done."""
        if self._bar is not None and self._task is not None:
            self._bar.update(self._task, description=what, completed=share)
