"""From an incident, its runbook, what was seen: the root cause with its reasons. Pure."""

from collections.abc import Mapping, Sequence

from langraph.models.incident import Category, Diagnosis, Evidence, Incident
from langraph.models.runbook import Runbook
from langraph.models.text import Text
from langraph.texts import working as say

MAX_FACT = 200  # characters of a fact that a sentence may carry


class _Facts(dict[str, str]):
    """What a sentence may name; what nobody told us is left as an ellipsis, never guessed."""

    def __missing__(self, name: str) -> str:
        return "…"


def diagnose(incident: Incident, runbook: Runbook | None, seen: Sequence[Evidence]) -> Diagnosis:
    """What is wrong and why we say so; without a runbook the cause is unknown."""
    if runbook is None:
        return Diagnosis(
            category=Category.UNKNOWN if incident.runbook is None else incident.category,
            runbook=None,
            app=incident.app,
            namespace=incident.namespace,
            container=None,
            severity=incident.severity,
            root_cause=say.unknown_cause(),
            evidence=tuple(seen),
        )
    facts = facts_of(incident)
    return Diagnosis(
        category=runbook.category,
        runbook=runbook.id,
        app=incident.app,
        namespace=incident.namespace,
        container=incident.facts.get("container"),
        severity=incident.severity,
        root_cause=filled(runbook.cause, facts),
        advice=tuple(filled(advice, facts) for advice in runbook.advice),
        evidence=tuple(seen),
        ruled_out=runbook.ruled_out,
    )


def facts_of(incident: Incident) -> Mapping[str, str]:
    """The names a runbook's sentences may use: what the line said, and whose it is, where that is known."""
    facts = {name: value[:MAX_FACT] for name, value in incident.facts.items()}
    owner = {"app": incident.app, "namespace": incident.namespace}
    return {**facts, **{name: value for name, value in owner.items() if value is not None}}


def filled(sentence: Text, facts: Mapping[str, str]) -> Text:
    """A runbook's sentence with the facts in their places. The facts are values, never templates."""
    en = sentence.en.format_map(_Facts({"app": say.SOME_APP.en, **facts}))
    ko = sentence.ko.format_map(_Facts({"app": say.SOME_APP.ko, **facts}))
    return Text(en[:1].upper() + en[1:] if "app" not in facts else en, ko)
