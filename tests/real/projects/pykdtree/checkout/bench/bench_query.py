"""Build a tree and ask it for neighbours.

python bench/bench_query.py --points 100000 --queries 20000 --dim 3 -k 8
python bench/bench_query.py --swath bench/swath.csv -k 4
"""

import argparse
import json

import numpy as np
from pykdtree.kdtree import KDTree

parser = argparse.ArgumentParser()
parser.add_argument("--points", type=int, default=100_000)
parser.add_argument("--queries", type=int, default=20_000)
parser.add_argument("--dim", type=int, default=3)
parser.add_argument("--dtype", default="float64")
parser.add_argument("--leafsize", type=int, default=16)
parser.add_argument("--swath", help="comma separated x,y,z, one point a line")
parser.add_argument("--upper-bound", type=float, default=None)
parser.add_argument("-k", type=int, default=1)
args = parser.parse_args()

rng = np.random.default_rng(1)
if args.swath:
    track = np.loadtxt(args.swath, delimiter=",")
    points = np.concatenate(
        [track + rng.normal(0, 500.0, track.shape) for _ in range(args.points // len(track))]
    )
    queries = np.concatenate(
        [track + rng.normal(0, 900.0, track.shape) for _ in range(args.queries // len(track))]
    )
else:
    points = rng.random((args.points, args.dim))
    queries = rng.random((args.queries, args.dim))
points, queries = points.astype(args.dtype), queries.astype(args.dtype)

tree = KDTree(points, leafsize=args.leafsize)
distance, index = tree.query(
    queries, k=args.k, distance_upper_bound=args.upper_bound, sqr_dists=False
)
found = np.isfinite(distance)

print(
    json.dumps(
        {
            "n": int(points.shape[0]),
            "found": int(found.sum()),
            "mean_distance": float(distance[found].mean()),
            "max_distance": float(distance[found].max()),
            "index_sum": int(index[found].astype(np.uint64).sum()),
        }
    )
)
