"""What becomes of everything that goes wrong: a sentence on standard error, and an exit code."""

import sys
import traceback
from collections.abc import Sequence

import click

from sim.cli.terminal import complain

DONE, FAILED, WRONG, INTERRUPTED = 0, 1, 2, 130
"""Exit codes."""


def told(command: click.Command, args: Sequence[str] | None = None) -> int:
    """Run a command line, by default that of the process; the exit code."""
    given = list(sys.argv[1:] if args is None else args)
    words = [word for word in given if word != "--debug"]
    debug = len(words) < len(given)
    try:
        code = command.main(words, prog_name="desksim", standalone_mode=False)
    except Exception as error:  # noqa: BLE001 # the last resort: every error gets its sentence
        return explain(error, debug=debug)
    return code if isinstance(code, int) else DONE


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
    if isinstance(error, OSError):
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
    from sim.pricing import MissingPriceError, PriceBookError
    from sim.scenario import ScenarioError

    return isinstance(error, ScenarioError | PriceBookError | MissingPriceError)


def _usage(error: click.ClickException) -> int:
    if isinstance(error, click.UsageError) and error.ctx is not None:
        complain(error.ctx.get_usage())
    complain(error.format_message(), style="red")
    return error.exit_code
