"""`python -m fermilink_scaffold` is the `fermilink-scaffold` command."""

from fermilink_scaffold.cli import main

__all__: list[str] = []

if __name__ == "__main__":
    main()
