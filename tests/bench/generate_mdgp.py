#!/usr/bin/python3
"""Makes instances of the maximum diversity grouping problem as MDGPLIB's are (Gallego, Laguna, Marti, Duarte:
Tabu search with strategic oscillation for the maximally diverse grouping problem, 2013), for bench_group:

    generate_mdgp.py FOLDER [SIZE[,SIZE...]] [SEED[,SEED...]]

writes, for each size and seed, RanReal (uniform reals 0..100), RanInt (uniform integers 0..100) and Geo
(Euclidean distances of points uniform in 2 to 21 dimensions), each with equal group sizes (ss, where they
divide) and with a range a group (ds). As in the library's files distances and reals have three decimals and
coordinates go up to 100; ss and ds of a seed share their weights. `networks` as a size: 2,000 elements,
integers 0..10, 200 groups of 6 to 14.
"""

import math
import os
import random
import sys

GROUPS = {10: 2, 12: 4, 30: 5, 60: 6, 120: 10, 240: 12, 480: 20, 960: 24}
TYPES = ("RanReal", "RanInt", "Geo")


def weights(kind, n, rng):
    """The text of each pair's weight, pairs in order."""
    if kind == "Geo":
        dimensions = rng.randint(2, 21)
        points = [[rng.uniform(0, 100) for _ in range(dimensions)] for _ in range(n)]
        return [f"{math.dist(points[i], points[j]):.3f}" for i in range(n) for j in range(i + 1, n)]
    pairs = n * (n - 1) // 2
    if kind == "RanInt":
        return [str(rng.randint(0, 100)) for _ in range(pairs)]
    return [f"{rng.uniform(0, 100):.3f}" for _ in range(pairs)]


def ranges(n, groups, rng):
    """Lower and upper bounds around the mean size, about as far as the library's are."""
    mean = n // groups
    spread = mean // 6 + 2
    return [(rng.randint(max(1, mean - spread), mean), rng.randint(mean, mean + spread)) for _ in range(groups)]


def write(folder, name, n, kind, bounds, texts):
    with open(os.path.join(folder, name + ".txt"), "w", encoding="ascii") as file:
        file.write(f"{n} {len(bounds)} {kind} " + " ".join(f"{low} {high}" for low, high in bounds) + "\n")
        pairs = ((i, j) for i in range(n) for j in range(i + 1, n))
        file.writelines(f"{i} {j} {text}\n" for (i, j), text in zip(pairs, texts))


def generate(folder, n, seed):
    groups = GROUPS.get(n) or max(2, n // (20 if n > 60 else 5))
    bounds = ranges(n, groups, random.Random(f"bounds {n} {seed}"))
    for kind in TYPES:
        texts = weights(kind, n, random.Random(f"{kind} {n} {seed}"))
        write(folder, f"{kind}_n{n:03}_ds_{seed:02}", n, "ds", bounds, texts)
        if n % groups == 0:
            write(folder, f"{kind}_n{n:03}_ss_{seed:02}", n, "ss", [(n // groups,) * 2] * groups, texts)


def generate_networks(folder, seed):
    rng = random.Random(f"networks {seed}")
    texts = [str(rng.randint(0, 10)) for _ in range(2000 * 1999 // 2)]
    write(folder, f"Networks_n2000_ds_{seed:02}", 2000, "ds", [(6, 14)] * 200, texts)


def main(arguments):
    if not 1 <= len(arguments) <= 3:
        sys.exit("usage: generate_mdgp.py FOLDER [SIZE[,SIZE...]] [SEED[,SEED...]]")
    sizes = (arguments[1] if len(arguments) > 1 else "120,240,480").split(",")
    seeds = [int(seed) for seed in (arguments[2] if len(arguments) > 2 else "1").split(",")]
    os.makedirs(arguments[0], exist_ok=True)
    for seed in seeds:
        for size in sizes:
            if size == "networks":
                generate_networks(arguments[0], seed)
            else:
                generate(arguments[0], int(size), seed)


if __name__ == "__main__":
    main(sys.argv[1:])
