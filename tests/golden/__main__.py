"""Write the golden reports and the reference report anew: `make golden`.

Run it after a change that moves numbers, look at the difference, and commit both together.
"""

import shutil
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

from tests.golden.reports import (
    FOLDER,
    REFERENCE,
    REFERENCE_FILES,
    REFERENCE_SCENARIO,
    golden_file,
    golden_text,
)
from tests.shipped import NAMES, ROOT, simulate


def main() -> None:
    """Simulate every shipped scenario and keep what it answers."""
    for orphan in FOLDER.glob("*.txt"):
        if orphan.stem not in NAMES:
            orphan.unlink()
    with TemporaryDirectory() as shelf:
        for name in NAMES:
            result = simulate(name, Path(shelf))
            golden_file(name).write_text(golden_text(result), encoding="utf-8")
            _say(golden_file(name))
            if name == REFERENCE_SCENARIO:
                _keep_reference(result.folder)


def _keep_reference(folder: Path) -> None:
    REFERENCE.mkdir(parents=True, exist_ok=True)
    for name in REFERENCE_FILES:
        shutil.copy(folder / name, REFERENCE / name)
        _say(REFERENCE / name)


def _say(file: Path) -> None:
    sys.stdout.write(f"{file.relative_to(ROOT)}\n")


if __name__ == "__main__":
    main()
