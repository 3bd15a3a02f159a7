"""A process that records outcomes until it is killed; says which of them returned.

`python writer.py PROJECT FIRST COUNT [record|event]`: FIRST is the first iteration.
"""

from __future__ import annotations

import sys
from pathlib import Path

from fermilink_scaffold import runtime


def main() -> None:
    project, first, count = Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3])
    for iteration in range(first, first + count):
        cells = {
            "commit": f"c{iteration}",
            "status": "accepted" if iteration % 3 else "rejected",
            "primary_metric_name": "m",
            "primary_metric_value": 1,
            "description": f"d {iteration}",
        }
        if sys.argv[4:] == ["event"]:
            runtime.append_result(runtime.results_path(project), iteration=iteration, **cells)
            runtime.record_campaign_event(runtime.memory_path(project), **cells)
        else:
            runtime.record_outcome(project, iteration=iteration, **cells)
        sys.stdout.write(f"{iteration}\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main()
