"""A moving window over one long series: `python -m bench.moving move_median --window 101`."""

import argparse
import json

import bottleneck as bn
import numpy as np


def main() -> None:
    parser = argparse.ArgumentParser()
    names = [function.__name__ for function in bn.get_functions("move")]
    parser.add_argument("function", choices=names)
    parser.add_argument("--length", type=int, default=200_000)
    parser.add_argument("--window", type=int, default=101)
    parser.add_argument("--min-count", type=int, default=None)
    args = parser.parse_args()

    generator = np.random.default_rng(7)
    series = np.cumsum(generator.standard_normal(args.length))
    series[generator.random(args.length) < 0.02] = np.nan
    moved = getattr(bn, args.function)(series, args.window, min_count=args.min_count)

    print(
        json.dumps(
            {
                "function": args.function,
                "checksum": float(np.nansum(moved * np.sin(np.arange(args.length)))),
                "not_finite": int(np.isnan(moved).sum()),
            }
        )
    )


if __name__ == "__main__":
    main()
