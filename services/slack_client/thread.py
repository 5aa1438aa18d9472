"""What stands in the thread below an incident's message: the evidence, notices. Pure."""

from langraph.models.incident import Evidence, Incident
from langraph.texts import slack as say
from services.slack_client import blocks as make
from services.slack_client.escaping import fenced, inert
from services.slack_client.message import Post

MOST_EVIDENCE = 20  # pieces; as many lines as the ledger keeps
PIECE_CHARS = 300
EVIDENCE_CHARS = 2_900  # one preformatted block
RULED_OUT_CHARS = 1_200
NOTICE_CHARS = 1_500


def evidence_post(incident: Incident, locale: str) -> Post | None:
    """Why we say so: lines, measurements, what was ruled out; None where there is nothing."""
    diagnosis = incident.diagnosis
    if diagnosis is None or not (diagnosis.evidence or diagnosis.ruled_out):
        return None
    head = say.EVIDENCE.in_locale(locale)
    lines = [_piece(one, locale) for one in diagnosis.evidence[:MOST_EVIDENCE]]
    left_out = len(diagnosis.evidence) - len(lines)
    if left_out > 0:
        lines.append(say.more(left_out).in_locale(locale))
    text = "\n".join(lines)
    found = [make.section(head)]
    if lines:
        found.append(make.preformatted(text, EVIDENCE_CHARS))
    if diagnosis.ruled_out:
        excluded = "\n".join(f"· {one.in_locale(locale)}" for one in diagnosis.ruled_out)
        found.append(make.section(f"{say.RULED_OUT.in_locale(locale)}:\n{excluded}", RULED_OUT_CHARS))
    return Post(inert(f"{head} {incident.id}", NOTICE_CHARS), make.as_json(found), fenced(text, EVIDENCE_CHARS))


def _piece(seen: Evidence, locale: str) -> str:
    mark = {True: "+", False: "-", None: "·"}[seen.supports]
    text = " ".join(seen.text.split())
    if seen.kind == "query":
        value = seen.value if seen.value is not None else say.NO_DATA.in_locale(locale)
        text = f"{seen.means.in_locale(locale) if seen.means else text} = {value}"
    elif seen.means is not None:
        text = f"{text}  ({seen.means.in_locale(locale)})"
    return f"{mark} {seen.at:%H:%M:%S} {text}"[:PIECE_CHARS]


def notice_post(text: str) -> Post:
    """One sentence that people should see."""
    said = f"🔔 {text}"
    return Post(inert(said, NOTICE_CHARS), make.as_json([make.section(said, NOTICE_CHARS)]), fenced(said, NOTICE_CHARS))
