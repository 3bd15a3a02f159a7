"""Call one reducing function over and over on an array that holds NaNs.

    python -m bench.reduce nanmedian --rows 2000 --columns 600 --axis 1

The last line is JSON: a checksum of what came out and how many values were not finite.
"""

import argparse
import json

import bottleneck as bn
import numpy as np


def main() -> None:
    parser = argparse.ArgumentParser()
    names = [function.__name__ for function in bn.get_functions("reduce")]
    parser.add_argument("function", choices=names)
    parser.add_argument("--rows", type=int, default=1000)
    parser.add_argument("--columns", type=int, default=1000)
    parser.add_argument("--axis", type=int, default=None)
    parser.add_argument("--nan", type=float, default=0.1, help="fraction of NaNs")
    parser.add_argument("--calls", type=int, default=20)
    args = parser.parse_args()

    generator = np.random.default_rng(20240507)
    data = generator.standard_normal((args.rows, args.columns))
    data[generator.random(data.shape) < args.nan] = np.nan
    function = getattr(bn, args.function)

    result = np.atleast_1d(np.asarray(function(data, axis=args.axis), dtype=np.float64))
    for _ in range(args.calls - 1):
        function(data, axis=args.axis)

    finite = np.isfinite(result)
    weights = np.cos(np.arange(result.size))
    print(
        json.dumps(
            {
                "function": args.function,
                "checksum": float(np.dot(result[finite], weights[finite])),
                "not_finite": int((~finite).sum()),
            }
        )
    )


if __name__ == "__main__":
    main()
