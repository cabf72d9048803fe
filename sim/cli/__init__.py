"""The command `desksim`: arguments in, exit codes and tables out; no logic.

The answer goes to standard output, everything else (progress, warnings, problems) to standard
error. Exit codes: 0 done; 1 something failed that is not the user's files (a full disk, an error of
ours); 2 a wrong command line or wrong files; 130 interrupted. `docs/cli.md` describes each command.

Heavy libraries are imported inside the commands that use them, so that `desksim --help` and a
typing mistake answer at once.
"""

from sim.cli.commands import main

__all__ = ["main"]
