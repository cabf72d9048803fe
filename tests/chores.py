"""Stand-ins for runs: small chores that sleep, fail or take their process along, and a diary."""

import os
import signal
import time
from pathlib import Path
from typing import Any

Chore = dict[str, Any]


def do(chore: Chore) -> Any:
    """Write in the diary that it was begun, then do what the chore says."""
    if "diary" in chore:
        with Path(chore["diary"]).open("a", encoding="utf-8") as diary:
            diary.write(f"{chore['name']} {os.getpid()}\n")
    time.sleep(chore.get("seconds", 0))
    match chore.get("then"):
        case "raise":
            raise ValueError(f"{chore['name']} went wrong")
        case "die":
            os.kill(os.getpid(), signal.SIGKILL)
        case "die once" if not Path(chore["scar"]).exists():
            Path(chore["scar"]).touch()
            os.kill(os.getpid(), signal.SIGKILL)
        case "exhaust memory":
            raise MemoryError
    said = f"{chore['name']} is done"
    return {"text": said} if chore.get("json") else said


def begun(diary: Path) -> list[str]:
    """Names of the chores that were begun, in order."""
    return [line.split()[0] for line in diary.read_text(encoding="utf-8").splitlines()]
