"""The command line: one module per subcommand, each with the click command of its name."""

import sys

__all__ = ["main"]


def main() -> None:
    """Be the program `fermilink-scaffold`; ends the process."""
    import gc  # only the program tunes the collector, not an import of this module

    # Loading click makes thousands of objects that stay: looking for cycles among them,
    # now and when the interpreter ends, takes a sixth of the time of `--help`.
    gc.set_threshold(100_000, 50, 50)
    try:
        from fermilink_scaffold.cli._shell import run

        status = run(sys.argv[1:])
    except KeyboardInterrupt:
        status = 130
    gc.freeze()
    sys.exit(status)
