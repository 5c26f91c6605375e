"""Files that only their owner may read."""

from __future__ import annotations

import os
from pathlib import Path


def folder(path: Path) -> Path:
    """A folder that only its owner may enter, made if need be."""
    path.mkdir(parents=True, exist_ok=True, mode=0o700)
    path.chmod(0o700)
    return path


def write(path: Path, content: bytes) -> None:
    """Put a file in place whole; it was never readable to others."""
    draft = path.with_name(f".{path.name}.{os.getpid()}")
    draft.unlink(missing_ok=True)
    handle = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(handle, "wb") as out:
            out.write(content)
            out.flush()
            os.fsync(out.fileno())
        draft.replace(path)
    finally:
        draft.unlink(missing_ok=True)
