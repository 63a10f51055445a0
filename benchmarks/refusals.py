"""Refusing a body of many faults: how its time grows when the body grows tenfold, beside merely parsing the same body.

A cost that grows with the faults makes ratios near 10, one that grows with their square near 100. Best of some rounds
in this process.
Usage: python benchmarks/refusals.py [rounds]
"""

import json
import os
import sys
import time
from collections.abc import Callable

from backend.api.rankings import RankingQuestion
from backend.problems import ProblemError
from backend.ranking.json_body import read_question

BODIES: dict[str, Callable[[int], bytes]] = {
    "unknown names": lambda count: b"{%b}" % b",".join(b'"a%d": 1' % number for number in range(count)),
    "one name repeated": lambda count: b"{%b}" % b",".join([b'"a": 1'] * count),
    "values of one filter": lambda count: b'{"filters": {"backbone": [%b]}}' % b",".join([b'"a"'] * count),
}
FEW, MANY = 6_000, 60_000


def refuse(body: bytes) -> None:
    try:
        read_question(RankingQuestion, body)
    except ProblemError:
        return
    raise AssertionError("the body was answered; it was to be refused.")


def parse(body: bytes) -> None:
    json.loads(body)


def seconds(work: Callable[[bytes], None], body: bytes, rounds: int) -> float:
    taken = []
    for _ in range(rounds):
        start = time.perf_counter()
        work(body)
        taken.append(time.perf_counter() - start)
    return min(taken)


def main(rounds: int) -> None:
    print(f"best of {rounds}, load {os.getloadavg()[0]:.1f}")
    for name, body in BODIES.items():
        few, many = (seconds(refuse, body(count), rounds) for count in (FEW, MANY))
        bare = seconds(parse, body(MANY), rounds)
        print(f"{name:22} {1000 * many:7.1f} ms  {many / few:5.1f} x the time of a tenth  {many / bare:5.1f} x parsing")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 5)
