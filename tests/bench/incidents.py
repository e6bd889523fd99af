"""`python -m tests.bench.incidents`: how soon the failure-rate rule fires, and how often falsely."""

from __future__ import annotations

import argparse
import random
from statistics import median, quantiles

from tests.bench.incident_rates import RATES, detection, false_incidents

SHARES = (0.12, 0.15, 0.20, 0.30, 0.50)
LONGEST_HOURS = 48  # longer than any median; longer detections count as this


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=100, help="months of background failures per rate")
    parser.add_argument("--tries", type=int, default=400, help="simulated failures per cell")
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    head = " | ".join(f"{rate} calls in 5 min" for rate in RATES)
    for fresh in (False, True):
        before = "without earlier calls" if fresh else "after six hours at 5 % failures"
        print(f"\nMinutes until the failure-rate alert, {before}: median (90th percentile)\n")
        print(f"| failing calls | {head} |\n|---|{'---|' * len(RATES)}")
        for share in SHARES:
            cells = [_cell(share, rate, options, fresh=fresh) for rate in RATES]
            print(f"| {share * 100:.0f} % | {' | '.join(cells)} |", flush=True)
    print(f"\nFalse incidents in {options.runs} runs of 30 days with 5 % background failures\n")
    print(f"| | {head} |\n|---|{'---|' * len(RATES)}")
    counts = []
    for rate in RATES:
        dice = random.Random(options.seed * 1000 + rate)
        counts.append(str(sum(false_incidents(dice, rate, 30) for _ in range(options.runs))))
    print(f"| incidents | {' | '.join(counts)} |")


def _cell(share: float, rate: int, options: argparse.Namespace, *, fresh: bool) -> str:
    dice = random.Random(f"{options.seed}|{share}|{rate}")
    longest = LONGEST_HOURS * 12 * rate
    took = [detection(dice, share, rate, longest, fresh=fresh) for _ in range(options.tries)]
    minutes = [LONGEST_HOURS * 60 if t is None else t / 60 for t in took]
    return f"{median(minutes):.3g} ({quantiles(minutes, n=10)[-1]:.3g})"


if __name__ == "__main__":
    main()
