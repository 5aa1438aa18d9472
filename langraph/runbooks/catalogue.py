"""All the known faults: the packaged families, then the user's own files, which may replace them by id."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from langraph.errors import BadRunbook
from langraph.models.runbook import Runbook
from langraph.runbooks.schema import Rule, read

PACKAGED = Path(__file__).parent


@dataclass(frozen=True)
class Catalogue:
    """Runbooks by id, and the rules that lead from a line to them."""

    runbooks: Mapping[str, Runbook]
    rules: tuple[Rule, ...]

    @cached_property
    def _by_alert(self) -> Mapping[str, Runbook]:
        """First runbook by rank, then id, for each alert name."""
        ordered = sorted(self.runbooks.values(), key=lambda r: (r.rank, r.id), reverse=True)
        return {alert_key(name): runbook for runbook in ordered[::-1] for name in runbook.alerts}

    def for_alert(self, name: str) -> Runbook | None:
        """The runbook which the alert rule `name` means; spelling (`_`, `-`, case) does not matter."""
        return self._by_alert.get(alert_key(name))


def alert_key(name: str) -> str:
    """`Kube_Pod-CrashLooping` and `KubePodCrashLooping` are one rule to people."""
    return "".join(c for c in name.casefold() if c.isalnum())


def load(extra: Path | None = None) -> Catalogue:
    """The packaged runbooks and, over them, those of a user's directory.

    Args:
        extra: directory of `*.yaml`; an id that is packaged replaces the packaged runbook.

    Raises:
        BadRunbook: a file breaks the schema, an id is in two files, or `extra` is no directory.
    """
    found = _directory(PACKAGED, packaged=True)
    if extra is not None:
        if not extra.is_dir():
            raise BadRunbook(f"RUNBOOKS_DIR={extra} is not a directory; create it, or unset RUNBOOKS_DIR")
        found |= _directory(extra)
    return Catalogue(
        {name: runbook for name, (runbook, _) in sorted(found.items())},
        tuple(rule for _, (_, rules) in sorted(found.items()) for rule in rules),
    )


def _directory(directory: Path, *, packaged: bool = False) -> dict[str, tuple[Runbook, tuple[Rule, ...]]]:
    found: dict[str, tuple[Runbook, tuple[Rule, ...]]] = {}
    origin: dict[str, str] = {}
    for path in sorted([*directory.glob("*.yaml"), *directory.glob("*.yml")]):
        for runbook, rules in read(path, packaged=packaged):
            if runbook.id in found:
                where = origin[runbook.id]
                raise BadRunbook(f"{path.name}: runbook {runbook.id}: id is in {where} too; rename one of them.")
            found[runbook.id] = (runbook, rules)
            origin[runbook.id] = path.name
    return found
