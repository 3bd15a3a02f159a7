"""Finding and mending what agents do to memory.md; no line is lost."""

from __future__ import annotations

import dataclasses
import os
import re
from dataclasses import dataclass

from fermilink_scaffold.runtime.archive import move_to_archive
from fermilink_scaffold.runtime.clock import utc_now_z
from fermilink_scaffold.runtime.files import create_atomic, read_bytes, write_atomic
from fermilink_scaffold.runtime.journal import Writer
from fermilink_scaffold.runtime.mend import Finding, mend

TYPE_CHECKING = False
if TYPE_CHECKING:
    from fermilink_scaffold.runtime.files import StrPath
    from fermilink_scaffold.runtime.outline import Section

__all__ = ["Finding", "Repair", "check_memory", "mended", "repair_memory"]


@dataclass(frozen=True, kw_only=True)
class Repair:
    """What is wrong with a memory, and how it reads when it is mended."""

    findings: tuple[Finding, ...]
    before: bytes
    after: bytes
    #: What leaves the memory for the archive: doubled events, stale copies.
    moved: tuple[Section, ...] = ()
    #: Where the memory as it was has been kept; None before a repair, or without one.
    backup: str | None = None


def check_memory(path: StrPath) -> Repair:
    """What `repair_memory` would do. Raises OSError, FileNotFoundError without a memory."""
    data = read_bytes(path)
    if data is None:
        raise FileNotFoundError(f"there is no memory {os.fspath(path)}")
    return mended(data)


def repair_memory(path: StrPath) -> Repair:
    """Mend a memory, after a copy was kept as `memory.backup-TIME.md` beside it.

    Every line stays: in the memory or, for doubled events, in its archive. Raises as
    `check_memory`, and then the memory is as it was.
    """
    with Writer(path):
        repair = check_memory(path)
        if not repair.findings:
            return repair
        stem, extension = os.path.splitext(os.fspath(path))
        time = re.sub(r"[^\dTZ]", "", utc_now_z())
        backup = f"{stem}.backup-{time}{extension}"
        create_atomic(backup, repair.before)
        if repair.moved:
            move_to_archive(path, repair.after, repair.moved)
        else:
            write_atomic(path, repair.after)
        return dataclasses.replace(repair, backup=backup)


def mended(data: bytes) -> Repair:
    """The memory's text mended, and what was wrong with it; from text to text."""
    work = mend(data)
    if not work.findings:
        return Repair(findings=(), before=data, after=data)
    findings = sorted(work.findings, key=lambda finding: finding.line or 0)
    return Repair(findings=tuple(findings), before=data, after=work.text(), moved=tuple(work.moved))
