"""Whether a merged file still is what its name says: a contract, a script, a document."""

from __future__ import annotations

import json

from fermilink_scaffold import layout
from fermilink_scaffold.errors import ScaffoldError

__all__ = ["broken", "newly_broken"]


def newly_broken(path: str, before: bytes, after: bytes) -> str | None:
    """What is wrong with `after`, if nothing was wrong with `before`; else None."""
    wrong = broken(path, after)
    return wrong if wrong and broken(path, before) is None else None


def broken(path: str, data: bytes) -> str | None:
    """What keeps the file from being read as what it is; None when nothing does."""
    if path == layout.BENCHMARK:
        return _contract(data)
    if path.endswith(".py"):
        return _python(data)
    if path.endswith(".sh"):
        return _shell(data)
    return _json(data) if path.endswith(".json") else None


def _contract(data: bytes) -> str | None:
    from fermilink_scaffold.contract.fits import fits
    from fermilink_scaffold.contract.load import parse_contract
    from fermilink_scaffold.contract.problems import errors
    from fermilink_scaffold.contract.schema import load_schema, schema_problems

    try:
        contract = parse_contract(data.decode(), file=layout.BENCHMARK)
    except (ScaffoldError, UnicodeDecodeError) as error:
        return f"the contract cannot be read: {getattr(error, 'what', error)}"
    if fits(contract.data, load_schema()):
        return None
    found = errors(schema_problems(contract.data, contract.positions))
    return f"the contract is broken: {found[0].what}" if found else None


def _python(data: bytes) -> str | None:
    import warnings

    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            compile(data, "merged", "exec", dont_inherit=True)
    except (SyntaxError, ValueError) as error:
        line = getattr(error, "lineno", None)
        return f"it is no Python any more{f' (line {line})' if line else ''}"
    return None


def _shell(data: bytes) -> str | None:
    import subprocess

    try:
        done = subprocess.run(
            ["bash", "-n"], input=data, check=False, capture_output=True, timeout=60
        )
    except OSError:
        return None
    if not done.returncode:
        return None
    said = done.stderr.decode(errors="replace").splitlines()
    return f"it is no shell script any more ({said[0] if said else done.returncode})"


def _json(data: bytes) -> str | None:
    try:
        json.loads(data)
    except (ValueError, RecursionError):
        return "it is no JSON any more"
    return None
