"""Makes ext4 file systems with `mke2fs` and `debugfs` of e2fsprogs, the same bytes each time, as any user."""

import os
import shutil
import subprocess
import tempfile
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path, PurePosixPath

_MADE = datetime(2026, 2, 26, 9, 0, tzinfo=UTC)
_SEARCH = os.pathsep.join([os.environ.get("PATH", ""), "/usr/sbin", "/sbin", "/usr/local/sbin"])


class NoExt4Tools(Exception):
    """This machine has no `mke2fs` and `debugfs`: install e2fsprogs."""


@dataclass(frozen=True, slots=True)
class Ext4File:
    """A file to be laid down. Folders come from the `/` in its path, which holds no `"`."""

    path: str
    content: bytes
    deleted: bool = False
    modified: datetime = _MADE


def ext4_image(files: Sequence[Ext4File], *, size_bytes: int, label: str = "amparo-demo") -> bytes:
    """An ext4 file system with these files; those `deleted` are laid down first and removed at the end.

    Raise `NoExt4Tools` where e2fsprogs is missing, `subprocess.CalledProcessError` where it fails.
    """
    make, edit = (shutil.which(name, path=_SEARCH) for name in ("mke2fs", "debugfs"))
    if make is None or edit is None:
        raise NoExt4Tools("mke2fs and debugfs of e2fsprogs are needed")
    volume_id = str(uuid.uuid5(uuid.NAMESPACE_OID, label))
    moment = str(int(_MADE.timestamp()))
    surroundings = {"PATH": _SEARCH, "LC_ALL": "C", "E2FSPROGS_FAKE_TIME": moment, "SOURCE_DATE_EPOCH": moment}
    with tempfile.TemporaryDirectory() as folder:
        image = Path(folder, "image")
        image.touch()
        os.truncate(image, size_bytes)
        options = ["-t", "ext4", "-b", "4096", "-m", "0", "-L", label, "-U", volume_id]
        options += ["-E", f"hash_seed={volume_id},root_owner=0:0"]
        subprocess.run([make, "-q", "-F", *options, image], check=True, env=surroundings, stdin=subprocess.DEVNULL)
        script = Path(folder, "script")
        script.write_text("".join(f"{line}\n" for line in _commands(files, Path(folder))))
        command = [edit, "-w", "-f", str(script), str(image)]
        done = subprocess.run(command, check=True, env=surroundings, capture_output=True, stdin=subprocess.DEVNULL)
        # debugfs echoes its commands on stdout, and exits with 0 when one of them failed.
        complaints = [line for line in done.stderr.splitlines() if not line.startswith(b"debugfs ")]
        if complaints:
            raise subprocess.CalledProcessError(1, "debugfs", output=done.stdout, stderr=b"\n".join(complaints))
        return image.read_bytes()


def _commands(files: Sequence[Ext4File], folder: Path) -> list[str]:
    """What `debugfs` is told. Evidence-like names stand in quotes; contents come from numbered files."""
    commands = []
    made = {PurePosixPath("/")}
    paths = [PurePosixPath("/", file.path) for file in files]
    for number, (file, path) in enumerate(zip(files, paths, strict=True)):
        source = folder / f"content-{number}"
        source.write_bytes(file.content)
        source.chmod(0o644)
        # Where a path names its last folder, debugfs takes "/x" for "x": so everything is done from within.
        for above in reversed(path.parents):
            if above not in made:
                made.add(above)
                commands += [f'cd "{above.parent}"', f'mkdir "{above.name}"']
        commands += [f'cd "{path.parent}"', f'write {source} "{path.name}"']
        commands.append(f'set_inode_field "{path.name}" mtime @{int(file.modified.timestamp())}')
    for file, path in zip(files, paths, strict=True):
        if file.deleted:
            commands += [f'cd "{path.parent}"', f'rm "{path.name}"']
    return commands
