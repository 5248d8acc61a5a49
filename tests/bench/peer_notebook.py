#!/usr/bin/python3
"""What a notebook does: scikit-learn profiles and neighbours, python-igraph Leiden, communities cut to size.

The same model and data as peernet (import files in a folder), so that the figures compare. Prints one JSON line:
objective (mean fit x organizers), mean_fit, networks, seconds (of the grouping, without start-up and reading).

Usage: peer_notebook.py FOLDER [--min 5] [--target 8] [--max 12] [--order index|principal] [-o FILE]
--order: how a community is laid out before it is cut: as the rows come, or along its first principal direction.
Needs Debian's python3-sklearn and python3-igraph.
"""
import argparse
import json
import sys
import time

from peer_model import groups_of_size, mean_fit, profiles, write_groups


def communities(matrix, neighbours):
    import igraph
    from sklearn.neighbors import NearestNeighbors
    near = NearestNeighbors(n_neighbors=neighbours + 1, metric="cosine", algorithm="brute").fit(matrix)
    distance, index = near.kneighbors(matrix)
    edges = {}
    for i in range(matrix.shape[0]):
        for d, j in zip(distance[i], index[i]):
            if i != j and d < 1:
                edges[(min(i, j), max(i, j))] = 1 - d
    graph = igraph.Graph(n=matrix.shape[0], edges=list(edges))
    found = graph.community_leiden(objective_function="modularity", weights=list(edges.values()), n_iterations=2)
    return found.membership


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder")
    parser.add_argument("--min", type=int, default=5)
    parser.add_argument("--target", type=int, default=8)
    parser.add_argument("--max", type=int, default=12)
    parser.add_argument("--order", choices=("index", "principal"), default="index")
    parser.add_argument("-o", dest="output")
    args = parser.parse_args()
    ids, matrix = profiles(args.folder)
    started, cpu = time.perf_counter(), time.process_time()
    membership = communities(matrix, 15)
    groups = groups_of_size(matrix, membership, args.min, args.target, args.max, args.order)
    fit = mean_fit(matrix, groups)
    seconds, cpu = time.perf_counter() - started, time.process_time() - cpu
    write_groups(args.output, ids, groups)
    json.dump({"peer": "scikit-learn + igraph Leiden + cut by " + args.order, "organizers": len(ids), "mean_fit": round(fit, 6),
               "objective": round(fit * len(ids), 3), "networks": len(groups), "seconds": round(seconds, 4),
               "cpu_seconds": round(cpu, 4)}, sys.stdout)
    print()


if __name__ == "__main__":
    main()
