"""New files for officers: whole, or not there."""

import contextlib
import os
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

from amparo.domain.errors import AmparoError


class OutputRefused(AmparoError):
    """The file that was to be written is there already, or cannot be written."""


@contextlib.contextmanager
def new_file(path: Path) -> Iterator[BinaryIO]:
    """A file that comes to be at `path` when the block ends well; on any failure, nothing does.

    Raise `OutputRefused` where `path` is there already or cannot be written.
    """
    draft = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        # The name is taken first, so that nobody's file is ever replaced; what is written appears under it at once.
        os.close(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, 0o600))
    except FileExistsError as error:
        raise OutputRefused("{path} is there already: choose another name with -o.", path=path) from error
    except OSError as error:
        raise _refused(path, error) from error
    try:
        with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, 0o600), "wb") as file:
            yield file
        draft.replace(path)
    except BaseException as error:
        draft.unlink(missing_ok=True)
        path.unlink(missing_ok=True)
        if isinstance(error, OSError):
            raise _refused(path, error) from error
        raise


def _refused(path: Path, error: OSError) -> OutputRefused:
    return OutputRefused(
        "{path} cannot be written ({why}): choose another place with -o.", path=path, why=error.strerror
    )
