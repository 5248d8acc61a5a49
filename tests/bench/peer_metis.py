#!/usr/bin/python3
"""METIS recursive bisection of the neighbour graph into networks, then repair of the sizes: the graph partitioner's way.

The same model and data as peernet (import files in a folder). METIS itself runs as its own program, gpmetis
-ptype=rb; parts outside the bounds are repaired by moving the members with the least loss. Prints one JSON line.

Usage: peer_metis.py FOLDER [--min 5] [--target 8] [--max 12] [-o FILE]
Needs Debian's metis, python3-sklearn and python3-scipy.
"""
import argparse
import json
import os
import subprocess
import sys
import tempfile
import time

import numpy as np

from peer_model import mean_fit, profiles, write_groups


def write_graph(matrix, neighbours, path):
    from sklearn.neighbors import NearestNeighbors
    near = NearestNeighbors(n_neighbors=neighbours + 1, metric="cosine", algorithm="brute").fit(matrix)
    distance, index = near.kneighbors(matrix)
    rows = [dict() for _ in range(matrix.shape[0])]
    for i in range(matrix.shape[0]):
        for d, j in zip(distance[i], index[i]):
            weight = int(round(1000 * (1 - d)))
            if i != j and weight > 0:
                rows[i][j] = rows[j][i] = weight
    with open(path, "w") as f:
        f.write("%d %d 001\n" % (len(rows), sum(map(len, rows)) // 2))
        for row in rows:
            f.write(" ".join("%d %d" % (j + 1, w) for j, w in sorted(row.items())) + "\n")


def repair(matrix, part, count, low, high):
    """Moves members from parts that are too large, and into parts that are too small, where least is lost."""
    sums = np.zeros((count, matrix.shape[1]))
    size = np.bincount(part, minlength=count)
    dense = np.asarray(matrix.todense())
    for i, g in enumerate(part):
        sums[g] += dense[i]
    while True:
        over, under = np.flatnonzero(size > high), np.flatnonzero(size < low)
        if len(over) == 0 and len(under) == 0:
            return part
        if len(over):
            donors = np.flatnonzero(part == over[0])
            takers = np.flatnonzero(size < high)
        else:
            donors = np.flatnonzero(size[part] > low)
            takers = under[:1]
        gain = dense[donors] @ sums[takers].T / np.maximum(size[takers], 1)
        stay = (np.einsum("ij,ij->i", dense[donors], sums[part[donors]]) - 1) / np.maximum(size[part[donors]] - 1, 1)
        at = np.unravel_index(np.argmax(gain - stay[:, None]), gain.shape)
        i, g = donors[at[0]], takers[at[1]]
        sums[part[i]] -= dense[i]
        size[part[i]] -= 1
        part[i] = g
        sums[g] += dense[i]
        size[g] += 1


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder")
    parser.add_argument("--min", type=int, default=5)
    parser.add_argument("--target", type=int, default=8)
    parser.add_argument("--max", type=int, default=12)
    parser.add_argument("-o", dest="output")
    args = parser.parse_args()
    ids, matrix = profiles(args.folder)
    count = max(1, round(len(ids) / args.target))
    started = time.perf_counter()
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "graph")
        write_graph(matrix, 15, path)
        subprocess.run(["gpmetis", "-ptype=rb", "-seed=1", "-ufactor=200", path, str(count)], check=True,
                       stdout=subprocess.DEVNULL)
        part = np.loadtxt("%s.part.%d" % (path, count), dtype=int)
    part = repair(matrix, part, count, args.min, args.max)
    seconds = time.perf_counter() - started
    groups = [np.flatnonzero(part == g) for g in range(count)]
    fit = mean_fit(matrix, groups)
    write_groups(args.output, ids, groups)
    json.dump({"peer": "METIS recursive + repair", "organizers": len(ids), "mean_fit": round(fit, 6),
               "objective": round(fit * len(ids), 3), "networks": len(groups), "seconds": round(seconds, 4)}, sys.stdout)
    print()


if __name__ == "__main__":
    main()
