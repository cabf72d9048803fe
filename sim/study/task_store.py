"""Results of tasks as small files, so that nothing that is finished is ever done twice.

`tasks/KEY.json` holds the result of a task, `failed/KEY.json` why it has none. A key says all that
a result depends on: whoever has the file of a key needs no other check. A file is there whole or
not at all, so a kill between two tasks, or within one, loses no more than what was being done.
"""

import json
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from sim.storage import write_text
from sim.study.execution import Done, Outcome

Result = dict[str, Any]

_DONE, _FAILED = "tasks", "failed"


class TaskStore:
    """The results in a folder, which need not be there before the first one."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def keep(self, outcome: Outcome) -> None:
        """Write down what became of a task.

        Raises:
            OSError: as one sentence, when the system refuses.
        """
        failed = self._file(_FAILED, outcome.key)
        if isinstance(outcome, Done):
            write_text(self._file(_DONE, outcome.key), _text(outcome.result))
            failed.unlink(missing_ok=True)
        else:
            write_text(failed, _text({"message": outcome.message}))

    def results(self, keys: Iterable[str]) -> Iterator[tuple[str, Result]]:
        """Keys that have a result, each with it; a damaged file is none."""
        yield from self._read(_DONE, keys)

    def failures(self, keys: Iterable[str]) -> dict[str, str]:
        """Why tasks have no result, by key."""
        return {key: str(found.get("message")) for key, found in self._read(_FAILED, keys)}

    def forgive(self, keys: Iterable[str]) -> None:
        """Forget that tasks failed."""
        for key in keys:
            self._file(_FAILED, key).unlink(missing_ok=True)

    def take(self, other: "TaskStore", keys: Iterable[str]) -> None:
        """Keep what another folder has of these tasks and this one has not."""
        keys = list(keys)
        here = {key for key, _ in self.results(keys)}
        there = dict(other.results(key for key in keys if key not in here))
        for key, result in there.items():
            self.keep(Done(key, result))
        for key, message in other.failures(set(keys) - here - there.keys()).items():
            write_text(self._file(_FAILED, key), _text({"message": message}))

    def _read(self, kind: str, keys: Iterable[str]) -> Iterator[tuple[str, Result]]:
        for key in keys:
            try:
                document = json.loads(self._file(kind, key).read_text(encoding="utf-8"))
            except (FileNotFoundError, ValueError):
                continue
            if isinstance(document, dict):
                yield key, document

    def _file(self, kind: str, key: str) -> Path:
        return self.folder / kind / f"{key}.json"


def _text(document: Result) -> str:
    return json.dumps(document, indent=1, ensure_ascii=False) + "\n"
