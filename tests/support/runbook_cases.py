"""Lines that show each runbook's fault, and look-alikes of it: the case files of the unit tests, as one."""

from pathlib import Path

import yaml

UNIT = Path(__file__).parents[1] / "unit"
FILES = ("runbook_cases.yaml", "runbook_cases_kubernetes.yaml")


def all_cases() -> dict[str, dict[str, list[str]]]:
    """By runbook: `yes` lines, which show it, `says` sentences of alerts, and `no` lines, which are something else."""
    out: dict[str, dict[str, list[str]]] = {}
    for file in FILES:
        for name, case in yaml.safe_load((UNIT / file).read_text(encoding="utf-8")).items():
            known = out.setdefault(name, {"yes": [], "says": [], "no": []})
            for part, lines in known.items():
                lines += case.get(part) or []
    return out
