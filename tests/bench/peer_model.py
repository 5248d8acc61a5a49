"""The model of matching in a few lines of Python, for the peers in this folder: the same profiles as service/core."""
import csv
import datetime
import math
import os

import numpy as np
from scipy import sparse

HALF_LIFE, WINDOW, SHARE = 365.0, 1095, 0.3


def read(folder, name):
    with open(os.path.join(folder, name + ".csv"), newline="", encoding="utf-8-sig") as f:
        return list(csv.DictReader(f))


def profiles(folder):
    """ids of those who report anything, and their unit rows over challenges and categories."""
    challenges = {c["code"]: i for i, c in enumerate(sorted(read(folder, "challenges"), key=lambda c: c["code"]))}
    category_of = {c["code"]: c["category"] for c in read(folder, "challenges")}
    categories = {k: len(challenges) + i for i, k in enumerate(sorted(set(category_of.values())))}
    latest, last = {}, datetime.date.min
    for r in read(folder, "reports"):
        day = datetime.date.fromisoformat(r["reported_on"])
        last = max(last, day)
        key = (r["organizer"], r["challenge"])
        if key not in latest or latest[key][0] < day:
            latest[key] = (day, int(r["severity"]))
    latest = {k: v for k, v in latest.items() if (last - v[0]).days <= WINDOW}
    ids = sorted({organizer for organizer, _ in latest})
    row_of = {organizer: i for i, organizer in enumerate(ids)}
    reporters = {}
    for _, challenge in latest:
        reporters[challenge] = reporters.get(challenge, 0) + 1
    cells = {}
    for (organizer, challenge), (day, severity) in latest.items():
        weight = severity / 5 * 0.5 ** ((last - day).days / HALF_LIFE) * math.log(1 + len(ids) / reporters[challenge])
        for column, share in ((challenges[challenge], 1), (categories[category_of[challenge]], SHARE)):
            cell = (row_of[organizer], column)
            cells[cell] = cells.get(cell, 0) + share * weight
    at = np.array(list(cells), dtype=int).T
    matrix = sparse.csr_matrix((list(cells.values()), at), shape=(len(ids), len(challenges) + len(categories)))
    norm = np.sqrt(np.asarray(matrix.multiply(matrix).sum(axis=1)).ravel())
    return ids, sparse.csr_matrix(sparse.diags(1 / norm) @ matrix)


def mean_fit(matrix, groups):
    """Mean over members of the mean similarity to the other members: 2 S / (g - 1) summed over groups, over n."""
    total, n = 0.0, 0
    for group in groups:
        rows = matrix[group]
        sums = np.asarray(rows.sum(axis=0)).ravel()
        pairs = float(sums @ sums) - float(rows.multiply(rows).sum())
        total += pairs / (len(group) - 1) if len(group) > 1 else 0.0
        n += len(group)
    return total / n


def groups_of_size(matrix, membership, low, target, high, order_by="index"):
    """Each community cut into pieces of the target size, in the order of the rows ("index") or along its first
    principal direction ("principal"); communities that are too small are put together and cut likewise."""
    from sklearn.decomposition import TruncatedSVD
    membership = np.asarray(membership)
    groups, rest = [], []
    for community in range(membership.max() + 1):
        members = np.flatnonzero(membership == community)
        if len(members) < low:
            rest.extend(members)
            continue
        order = members
        if order_by == "principal":
            order = members[np.argsort(TruncatedSVD(1, random_state=1).fit_transform(matrix[members]).ravel())]
        groups.extend(np.array_split(order, max(1, min(round(len(order) / target), len(order) // low))))
    for i in range(0, len(rest) - low + 1, target):
        groups.append(np.array(rest[i:i + target]))
    left = [i for i in rest if not any(i in g for g in groups[-(len(rest) // target + 1):])] if rest else []
    for i in left:
        small = min(range(len(groups)), key=lambda g: len(groups[g]))
        groups[small] = np.append(groups[small], i)
    assert all(low <= len(g) <= high for g in groups), sorted(map(len, groups))
    return groups


def write_groups(path, ids, groups):
    if path is None:
        return
    with open(path, "w") as f:
        for number, group in enumerate(groups):
            for i in group:
                f.write("%s\t%d\n" % (ids[i], number))
