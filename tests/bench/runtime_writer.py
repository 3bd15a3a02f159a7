"""One of several writers: says that it is ready, waits for a line, records events, ends.

`python runtime_writer.py MEMORY EVENTS`
"""

from __future__ import annotations

import sys
from pathlib import Path

from fermilink_scaffold.runtime import record_campaign_event


def main() -> None:
    path, events = Path(sys.argv[1]), int(sys.argv[2])
    sys.stdout.write("ready\n")
    sys.stdout.flush()
    sys.stdin.readline()
    for number in range(events):
        record_campaign_event(
            path,
            commit="abc123def456",
            primary_metric_name="m",
            primary_metric_value=number,
            status="rejected",
            description="tried it",
        )


if __name__ == "__main__":
    main()
