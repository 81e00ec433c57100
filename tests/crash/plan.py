"""What one invocation will do, drawn from its seed before anything starts."""

import random
from dataclasses import dataclass

KILLS_PER_RUN = 20


@dataclass(frozen=True)
class Kill:
    after: float  # seconds of the process's life
    phase: str  # "snapshot" or "stream"


@dataclass(frozen=True)
class RunPlan:
    number: int
    seed: int
    kills: tuple


def draw_kill(dice, phase):
    """Half of the kills hit a process that has just started (recovery), half one that has been working for a while."""
    early = dice.random() < 0.5
    return Kill(dice.uniform(0.0, 0.25) if early else dice.uniform(0.25, 1.2), phase)


def plan(kills, seed):
    """Runs of at most KILLS_PER_RUN kills, `kills` in all; the first quarter of each run's kills fall on the snapshot."""
    runs, left = [], kills
    while left > 0:
        count = min(KILLS_PER_RUN, left)
        run_seed = seed * 1000 + len(runs)
        dice = random.Random(run_seed)
        drawn = tuple(draw_kill(dice, "snapshot" if i < (count + 3) // 4 else "stream") for i in range(count))
        runs.append(RunPlan(len(runs) + 1, run_seed, drawn))
        left -= count
    return runs
