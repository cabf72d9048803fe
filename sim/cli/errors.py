"""What becomes of everything that goes wrong: a sentence on standard error, and an exit code."""

import signal
import sys
import threading
import traceback
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

import click

from sim.cli.terminal import complain

DONE, FAILED, WRONG, MISSED, INTERRUPTED, TERMINATED = 0, 1, 2, 3, 130, 143
"""Exit codes; MISSED is that of a sweep of which no point keeps to the targets."""


class Terminated(BaseException):
    """Somebody asked the process to end; like KeyboardInterrupt, nothing but the top catches it."""


def told(command: click.Command, args: Sequence[str] | None = None) -> int:
    """Run a command line, by default that of the process; the exit code."""
    given = list(sys.argv[1:] if args is None else args)
    words = [word for word in given if word != "--debug"]
    debug = len(words) < len(given)
    try:
        with heeding_termination():
            code = command.main(words, prog_name="desksim", standalone_mode=False)
    except Terminated:
        complain("terminated; nothing was written")
        return TERMINATED
    except Exception as error:  # noqa: BLE001 # the last resort: every error gets its sentence
        return explain(error, debug=debug)
    return code if isinstance(code, int) else DONE


@contextmanager
def heeding_termination() -> Iterator[None]:
    """Let SIGTERM unwind the process as Ctrl-C does, so that unfinished files are taken away.

    Whoever runs a command line in a thread keeps their own handler: only the main thread can set
    one.
    """

    def terminate(*_: object) -> None:
        signal.signal(signal.SIGTERM, signal.SIG_IGN)  # a second one would break the clean-up off
        raise Terminated

    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = signal.signal(signal.SIGTERM, terminate)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before or signal.SIG_DFL)


def explain(error: Exception, *, debug: bool = False) -> int:
    """Say what went wrong on standard error; the exit code."""
    if isinstance(error, click.exceptions.Abort):
        complain("interrupted; nothing was written")
        return INTERRUPTED
    if isinstance(error, click.ClickException):
        return _usage(error)
    if debug:
        complain("".join(traceback.format_exception(error)).rstrip())
    if isinstance(error, FileExistsError) or the_users(error):
        complain(str(error), style="red")
        return WRONG
    if isinstance(error, OSError) or of_a_run(error):
        complain(str(error), style="red")
        return FAILED
    complain(f"an error of desksim's own: {type(error).__name__}: {error}", style="red")
    if not debug:
        complain("desksim --debug ... shows where it comes from")
    return FAILED


def the_users(error: Exception) -> bool:
    """Whether an error says what is wrong with what the user gave.

    Only the errors that are raised for that and nothing else do. A ValueError may come from
    anywhere, from the inside of NumPy too, and is then a mistake of ours.
    """
    from sim.api.errors import ResultError
    from sim.pricing import MissingPriceError, PriceBookError
    from sim.scenario import ScenarioError

    if isinstance(error, ScenarioError | PriceBookError | MissingPriceError | ResultError):
        return True
    from sim.storage import UnreadableFactsError

    return isinstance(error, UnreadableFactsError)


def of_a_run(error: Exception) -> bool:
    """Whether an error says which of several runs failed, and why."""
    from sim.api.errors import StudyError

    return isinstance(error, StudyError)


def _usage(error: click.ClickException) -> int:
    if isinstance(error, click.UsageError) and error.ctx is not None:
        complain(error.ctx.get_usage())
    complain(error.format_message(), style="red")
    return error.exit_code
