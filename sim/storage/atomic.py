"""Files and folders that are either as they were or complete.

What is written gets a temporary name beside its destination, on the same file system, and takes
the destination's name in one rename when it is whole. A full disk, a missing permission, Ctrl-C or
a crash of the writer leave what was there before. Temporary names start with a dot and end in
`.part`; only a killed process can leave one behind.
"""

import os
import secrets
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path


@contextmanager
def replace_file(path: Path | str) -> Iterator[Path]:
    """Yield a temporary path to write to; on success it takes the place of `path`.

    Missing parent folders are made.

    Raises:
        OSError: as one sentence, when the system refuses (disk full, no permission, ...).
    """
    path = Path(path)
    temporary = temporary_name(path)
    try:
        with told(path):
            path.parent.mkdir(parents=True, exist_ok=True)
            yield temporary
            _flush(temporary)
            temporary.replace(path)
    finally:
        with suppress(OSError):  # there may be no such folder
            temporary.unlink()


@contextmanager
def replace_folder(path: Path | str, ours: Callable[[Path], bool]) -> Iterator[Path]:
    """Yield a temporary folder to fill; on success it takes the place of `path`.

    A folder that stands at `path` is replaced only when it is empty or `ours` says that we wrote
    it. This is asked before anything is done, so nobody waits for a result that cannot be kept.

    Raises:
        FileExistsError: when something else stands at `path`.
        OSError: as one sentence, when the system refuses.
    """
    path = Path(path)
    _refuse_foreign(path, ours)
    temporary = temporary_name(path)
    try:
        with told(path, temporary):
            temporary.mkdir(parents=True)
            yield temporary
            for file in sorted(temporary.rglob("*")):
                _flush(file)
            _refuse_foreign(path, ours)
            _swap(temporary, path)
    finally:
        shutil.rmtree(temporary, ignore_errors=True)


def write_text(path: Path | str, text: str) -> None:
    """Write UTF-8 text, its line ends as they are, atomically."""
    with replace_file(path) as temporary:
        temporary.write_text(text, encoding="utf-8", newline="\n")


def temporary_name(path: Path) -> Path:
    """A name beside `path` that nobody else has."""
    return path.absolute().parent / f".{path.name}.{secrets.token_hex(4)}.part"


@contextmanager
def told(path: Path, temporary: Path | None = None) -> Iterator[None]:
    """Turn the system's error codes into a sentence that names what could not be written.

    A sentence that names something in `temporary` is made to name its place in `path`.
    """
    try:
        yield
    except OSError as error:
        if error.errno is None:  # already a sentence
            if temporary is None or str(temporary) not in str(error):
                raise
            raise OSError(str(error).replace(str(temporary), str(path))) from error
        # Arrow words the same errors in its own way.
        raise OSError(f"cannot write {path}: {os.strerror(error.errno)}") from error


def _flush(path: Path) -> None:
    """Ask the disk for what the page cache holds: a full disk may tell only now."""
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _refuse_foreign(path: Path, ours: Callable[[Path], bool]) -> None:
    if not path.exists():
        return
    if not path.is_dir():
        raise FileExistsError(f"cannot write {path}: it is a file, not a folder")
    if any(path.iterdir()) and not ours(path):
        raise FileExistsError(
            f"cannot write {path}: it holds files that no run has written; choose another folder"
        )


def _swap(temporary: Path, path: Path) -> None:
    """Put `temporary` in the place of `path`; a failure puts the old folder back."""
    if not path.exists():
        temporary.rename(path)
        return
    old = temporary_name(path)
    path.rename(old)
    try:
        temporary.rename(path)
    except OSError:
        old.rename(path)
        raise
    shutil.rmtree(old, ignore_errors=True)
