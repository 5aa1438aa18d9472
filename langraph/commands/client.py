"""`langraph incidents`, `halt`, `resume`: what a person at a terminal, or a script, says to the running daemon."""

import json
import sys
from collections.abc import Mapping, Sequence
from typing import Any

import click

from langraph.commands import client_views as views
from langraph.commands.daemon import Daemon, Refused, daemon
from langraph.errors import BadInput
from langraph.texts import client as say

_JSON = click.option("--json", "as_json", is_flag=True, help="The API's own JSON instead of text.")
_COMMENT = click.option("--comment", default="", help="Why; goes into the record and the commit message.")
_DIGEST = click.option("--digest", help="Only if this is still the proposal (its digest, or the beginning of it).")


@click.group()
def incidents() -> None:
    """List, show, approve, reject, modify, revert incidents of the running daemon; say what you think of them.

    The daemon is asked at LANGRAPH_URL (default: this machine, API_PORT) with LANGRAPH_API_KEY. An incident's id may
    be shortened to a beginning or an end that no other one has. Exit codes: 2 refused, 3 too late (already decided).
    """


@incidents.command("list")
@click.option("--status", help="Only those in this status, for example awaiting_approval.")
@click.option("--app", help="Only those of this app.")
@click.option("--category", help="Only faults of this kind, for example oom.")
@click.option("--open", "is_open", is_flag=True, help="Only those that are not closed.")
@click.option("--limit", default=50, type=click.IntRange(1, 10_000), show_default=True, help="How many.")
@_JSON
def list_(status: str | None, app: str | None, category: str | None, is_open: bool, limit: int, as_json: bool) -> None:
    """List incidents, newest first."""
    asked = {"status": status, "app": app, "category": category, "open": "true" if is_open else None}
    with daemon() as api:
        page = api.incidents({name: value for name, value in asked.items() if value}, limit)
        _out(page, as_json, lambda: views.listed(page, api.locale))


@incidents.command()
@click.argument("incident", metavar="ID")
@_JSON
def show(incident: str, as_json: bool) -> None:
    """Show everything about one incident."""
    with daemon() as api:
        detail = api.incident(api.full_id(incident))
        _out(detail, as_json, lambda: views.shown(detail, api.locale))


@incidents.command()
@click.argument("incident", metavar="ID")
@_COMMENT
@click.option("--auto-revert", is_flag=True, help="Take the change back by itself if the service does not recover.")
@_DIGEST
@_JSON
def approve(incident: str, comment: str, auto_revert: bool, digest: str | None, as_json: bool) -> None:
    """Approve the present proposal of an incident, and print what was approved.

    No question is asked: the id is the word. The approval holds for the proposal as it is at this moment, no other.
    """
    _decide(incident, {"action": "approve", "comment": comment, "auto_revert": auto_revert}, digest, as_json)


@incidents.command()
@click.argument("incident", metavar="ID")
@_COMMENT
@_DIGEST
@_JSON
def reject(incident: str, comment: str, digest: str | None, as_json: bool) -> None:
    """Reject the present proposal of an incident; nothing is changed."""
    _decide(incident, {"action": "reject", "comment": comment}, digest, as_json)


@incidents.command()
@click.argument("incident", metavar="ID")
@click.option("--set", "settings", multiple=True, required=True, metavar="PATH=VALUE", help="A value of your own.")
@_COMMENT
@_DIGEST
@_JSON
def modify(incident: str, settings: Sequence[str], comment: str, digest: str | None, as_json: bool) -> None:
    """Put values of your own into the present proposal, on the keys that it changes.

    Where the proposal asks which value is meant, PATH chooses it: `show` lists them.
    """
    _decide(incident, {"action": "modify", "comment": comment}, digest, as_json, settings)


@incidents.command()
@click.argument("incident", metavar="ID")
@_JSON
def revert(incident: str, as_json: bool) -> None:
    """Take the committed change of an incident back that has ended.

    No question is asked: the id is the word. One commit with the old values, only if nobody has changed them since;
    `show` tells how it went.
    """
    with daemon() as api:
        wish = api.post(f"/api/incidents/{api.full_id(incident)}/rollback", {})
        _out(wish, as_json, lambda: [say.reverting(wish["incident_id"]).in_locale(api.locale)])


@incidents.command()
@click.argument("incident", metavar="ID")
@click.option("--recognition", help="While it runs: what you take the fault for; goes into the commit message.")
@click.option("--action", help="While it runs: what you want done; goes into the commit message.")
@click.option("--negative", is_flag=True, help="Its change was wrong: langraph learns from --reason and --expected.")
@click.option("--reason", help="With --negative: what was wrong.")
@click.option("--expected", help="With --negative: what should have been done, best with the value, such as 1Gi.")
@_JSON
def feedback(incident: str, negative: bool, as_json: bool, **said: str | None) -> None:
    """Say what you think of an incident, while its workflow runs or (--negative) of its change afterwards."""
    path, body = ("feedback/negative", _complaint(said)) if negative else ("feedback", _remark(said))
    with daemon() as api:
        taken = api.post(f"/api/incidents/{api.full_id(incident)}/{path}", body)
        _out(taken, as_json, lambda: [say.feedback_taken(taken["incident_id"]).in_locale(api.locale)])


def _remark(said: Mapping[str, str | None]) -> dict[str, str]:
    """Raises: BadInput."""
    if said["reason"] or said["expected"]:
        raise BadInput("--reason and --expected say what was wrong; add --negative")
    if not said["recognition"] and not said["action"]:
        raise BadInput("feedback without words; give --recognition, --action, or --negative with --reason")
    return {"user_recognition": said["recognition"] or "", "user_approved_action": said["action"] or ""}


def _complaint(said: Mapping[str, str | None]) -> dict[str, str]:
    """Raises: BadInput."""
    if said["recognition"] or said["action"]:
        raise BadInput("--recognition and --action are for a running workflow; leave out --negative, or use --reason")
    if not said["reason"]:
        raise BadInput("--negative without --reason; say what was wrong")
    return {"reason": said["reason"], "expected_result": said["expected"] or ""}


@click.command()
@click.argument("reason", nargs=-1, required=True)
@_JSON
def halt(reason: Sequence[str], as_json: bool) -> None:
    """Stop every push of the running daemon until `langraph resume`; the REASON is shown to everybody."""
    _switch("halt", " ".join(reason), as_json)


@click.command()
@click.argument("reason", nargs=-1)
@_JSON
def resume(reason: Sequence[str], as_json: bool) -> None:
    """Let the running daemon push again."""
    _switch("resume", " ".join(reason) or "resumed on the command line", as_json)


def _switch(what: str, reason: str, as_json: bool) -> None:
    with daemon() as api:
        state = api.post(f"/api/{what}", {"reason": reason})
        _out(state, as_json, lambda: [say.switched(state["halted"], state["reason"]).in_locale(api.locale)])


def _decide(
    typed: str, body: dict[str, Any], expected: str | None, as_json: bool, settings: Sequence[str] = ()
) -> None:
    """Decide on the proposal that is shown, and on no other: it is bound by its digest."""
    with daemon() as api:
        incident = api.full_id(typed)
        detail = api.incident(incident)
        proposal = _proposal(api, detail, expected)
        if settings:
            body["changes"] = assignments(settings, proposal["changes"] or proposal.get("options") or ())
        standing = api.post(f"/api/incidents/{incident}/decision", {**body, "proposal_digest": proposal["digest"]})
        shown = api.incident(incident)["proposal"] if settings else proposal
        _out(standing, as_json, lambda: views.decided(standing, shown, api.locale))


def _proposal(api: Daemon, detail: dict[str, Any], expected: str | None) -> dict[str, Any]:
    proposal: dict[str, Any] | None = detail["proposal"]
    if proposal is None:
        raise Refused(say.nothing_to_decide(detail["id"], str(detail["status"])).in_locale(api.locale), too_late=True)
    if expected and not proposal["digest"].startswith(expected.lower()):
        raise Refused(say.another_proposal(detail["id"], proposal["digest"]).in_locale(api.locale), too_late=True)
    return proposal


def assignments(settings: Sequence[str], changes: Sequence[dict[str, Any]]) -> dict[str, str]:
    """`PATH=VALUE` as values by path; a path of the proposal may itself hold an equals sign."""
    out: dict[str, str] = {}
    for setting in settings:
        known = [name for change in changes for name in (change["key"], change["path"])]
        name = next((name for name in known if setting.startswith(f"{name}=")), setting.partition("=")[0])
        if not name or not setting[len(name) :].startswith("="):
            example = known[0] if known else "resources.limits.memory"
            raise BadInput(f"--set {setting!r} has no value; write it as PATH=VALUE, for example {example}=1Gi")
        out[name] = setting[len(name) + 1 :]
    return out


def _out(answer: Any, as_json: bool, as_text: Any) -> None:
    lines = [json.dumps(answer, ensure_ascii=False, indent=2)] if as_json else as_text()
    sys.stdout.buffer.write("".join(f"{line}\n" for line in lines).encode("utf-8", "replace"))
    sys.stdout.buffer.flush()
