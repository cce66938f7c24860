"""A storm: users ask for things while fate kills, stops and cuts off; then the calm, in which all must come right."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from random import Random

from tests.simulation.child import ENDS
from tests.simulation.faults import ANSWER_LOST, CRASH_AFTER, CRASH_BEFORE, REFUSED, SLOW
from tests.simulation.run_scenario import Play
from tests.simulation.users import User
from tests.simulation.world import Role, World

STORM_S = 25.0
MOST_STOPPED_S = 20.0
MOST_AWAY_S = 12.0
CLOCK_SET_S = 600.0
PORTS = ("tables", "blobs", "queue")
ODDS = (
    {},
    {REFUSED: 0.02, ANSWER_LOST: 0.02},
    {CRASH_BEFORE: 0.004, CRASH_AFTER: 0.004, REFUSED: 0.01, ANSWER_LOST: 0.01, SLOW: 0.01},
    {SLOW: 0.03},
)
# Chances that a message comes twice, late, never.
MESSAGES = ((0.0, 0.0, 0.0), (0.3, 0.3, 0.2))


class Storm(Play):
    """One schedule; everything about it follows from the seed. `folder` is for the workers' files."""

    def __init__(self, seed: int, folder: Path) -> None:
        self.dice = dice = Random(seed)
        world = World(
            seed, folder, train_workers=dice.choice([1, 2, 3, 4]), ends=ENDS if dice.random() < 0.5 else {"well": 1},
            max_running_jobs=dice.choice([1, 1, 2]), retry_s=dice.choice([0.0, 1.0]), sweep_s=dice.choice([1.0, 2.0]),
            orphan_age_s=6 * CLOCK_SET_S,
        )  # fmt: skip
        super().__init__(world, [User(world, f"user-{number}") for number in range(dice.choice([1, 2]))])
        world.weather.odds = dice.choice(ODDS)
        world.weather.duplicated, world.weather.delayed, world.weather.lost = dice.choice(MESSAGES)
        self.outages = dice.random() < 0.5
        self.kills = dice.random() < 0.7
        self.clocks = dice.random() < 0.5

    def run(self) -> None:
        """Through the storm and the calm; raises AssertionError where something does not come right."""
        try:
            for user in self.users:
                self.act(lambda user=user: user.live(self.dice))
            while self.world.scheduler.now_s < STORM_S:
                self.go_on(self.dice.random() * 2.0)
                self._strike()
            self.calm()
            self.check()
        finally:
            self.close()

    def _strike(self) -> None:
        dice, away = self.dice, self.world.weather.away
        role, port, now_s = dice.choice(self.world.roles), dice.choice(PORTS), self.world.scheduler.now_s
        kinds: list[Callable[[], None]] = []
        if self.kills:
            kinds += [lambda: self._kill(role), lambda: self._stop(role, now_s + dice.random() * MOST_STOPPED_S)]
        if self.outages:
            kinds += [
                lambda: away.update({port: now_s + dice.random() * MOST_AWAY_S}),
                lambda: self._cut_off(port, role, now_s + dice.random() * MOST_AWAY_S),
                self.world.broker.forget_everything,
            ]
        if self.clocks:
            kinds.append(lambda: self._set_clock(role))
        if kinds and dice.random() < 0.5:
            dice.choice(kinds)()

    def _kill(self, role: Role) -> None:
        self.injector += 1
        self.world.kill(role)

    def _stop(self, role: Role, until_s: float) -> None:
        self.injector += 1
        role.process.stopped_until_s = until_s

    def _set_clock(self, role: Role) -> None:
        """The wall clock of one process, by ten minutes either way."""
        role.process.wall_offset_s = self.dice.choice([CLOCK_SET_S, 0.0, -CLOCK_SET_S])

    def _cut_off(self, port: str, role: Role, until_s: float) -> None:
        """One process alone cannot reach what all others can: they may well take over from it."""
        self.injector += 1
        self.world.weather.away[f"{port} {role.name}"] = until_s
