"""The apps of a simulated month: what each is given, what it needs, and what policy lets langraph do about it."""

from dataclasses import dataclass, field
from random import Random

from langraph.models.incident import Category
from services.sandbox.pods import AppSpec
from services.sandbox.scripted_apps import CpuEater, MadeToMeasure, MemoryEater, PoolDrainer, SlowStarter

MIB = 2**20

POLICY = b"""\
approvers: [api:alice, api:bob]
stronger: [api:alice, api:bob]
modified_needs_approval: never
files: ["helm-values/*/values.yaml"]
budget: {changes_per_app_per_day: 6, changes_per_day: 40}
rules:
  - {name: memory, keys: ["**.resources.limits.memory"], type: memory, direction: raise, max_step_factor: 5,
     min: 32Mi, max: 16Gi, insert_max: 1Gi, max_cumulative_factor: 1000, cumulative_period: 7d, cooldown: 1m}
  - {name: cpu, keys: ["**.resources.limits.cpu"], type: cpu, direction: raise, max_step_factor: 5,
     min: 10m, max: "16", insert_max: "1", max_cumulative_factor: 1000, cumulative_period: 7d, cooldown: 1m}
  - {name: probes, keys: ["**.livenessProbe.initialDelaySeconds"], type: seconds, direction: raise, max_step_factor: 12,
     min: 1, max: 600, insert_max: 60, max_cumulative_factor: 1000, cumulative_period: 7d, cooldown: 1m}
  - {name: pools, keys: ["**.pool.max*"], type: count, direction: raise, max_step_factor: 5,
     min: 1, max: 500, insert_max: 20, max_cumulative_factor: 1000, cumulative_period: 7d, cooldown: 1m}
"""


@dataclass
class Shop:
    """One app: what it is given, what it needs, and how its people count."""

    name: str
    made: type[MadeToMeasure]
    kind: str
    base: int
    """What the team's template gives it: MiB, thousandths of a core, seconds or connections."""
    need: float
    """In the same unit."""
    app: MadeToMeasure = field(init=False)
    given: list[int] = field(default_factory=list)

    def __post_init__(self) -> None:
        spec = AppSpec(self.name, "shop", f"registry.example.com/shop/{self.name}:1.0.0")
        self.app = self.made(spec, 0.0, Random(0))
        self.given.append(self.base)
        self.set_need(self.need)

    def set_need(self, need: float) -> None:
        self.need = need
        self.app.need = {"memory": need * MIB, "cpu": need / 1000}.get(self.kind, need)

    def written(self, amount: int) -> str:
        return {"memory": f"{amount}Mi", "cpu": f"{amount}m"}.get(self.kind, str(amount))

    @property
    def category(self) -> Category:
        """Of its fault; what else its pods show are symptoms, and no business of the people here."""
        kinds = {"memory": Category.OOM, "cpu": Category.CPU_THROTTLING, "seconds": Category.PROBE_FAILURE}
        return kinds.get(self.kind, Category.CONN_POOL)

    @property
    def file(self) -> str:
        return self.app.spec.values_file

    def values(self, amount: int) -> bytes:
        text = self.written(amount)
        body = {
            "memory": f"resources:\n  limits:\n    memory: {text}\n",
            "cpu": f"resources:\n  limits:\n    cpu: {text}\n    memory: 512Mi\n",
            "seconds": f"deploymentStrategy:\n  type: Recreate\nlivenessProbe:\n  initialDelaySeconds: {text}\n",
            "count": f"database:\n  pool:\n    maxSize: {text}\n",
        }[self.kind]
        return f"# {self.name}\nreplicaCount: 1\n{body}".encode()

    def enough(self, slack: float) -> int:
        """An amount that a person who knows the app would choose, a little odd so that it is nobody else's."""
        return int(self.need * slack) + 1


def shops(dice: Random) -> list[Shop]:
    """Needs of 1.4 to 3.8 times what is there: the usual first step is enough for some only."""
    memory = [("catalog", 512, 1.7), ("search", 640, 2.6), ("basket", 384, 3.6), ("prices", 768, 1.5)]
    memory += [("media", 448, 3.0), ("reviews", 576, 2.4), ("profile", 320, 1.8)]
    made = [Shop(name, MemoryEater, "memory", base, base * _near(factor, dice)) for name, base, factor in memory]
    made.append(Shop("payments", CpuEater, "cpu", 400, 400 * _near(2.2, dice)))
    made.append(Shop("mailer", SlowStarter, "seconds", 15, 15 * _near(6.0, dice)))
    made.append(Shop("orders", PoolDrainer, "count", 20, 20 * _near(2.8, dice)))
    return made


def _near(factor: float, dice: Random) -> float:
    return factor * dice.uniform(0.92, 1.08)
