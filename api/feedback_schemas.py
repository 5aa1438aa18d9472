"""Feedback's bodies, what was learned, and the way back of a change, as the API says them."""

from datetime import datetime
from typing import Annotated, Literal

from pydantic import ConfigDict, Field, StringConstraints

from api.schemas import MAX_COMMENT, Answer, Asked

Words = Annotated[str, StringConstraints(strip_whitespace=True, max_length=MAX_COMMENT, pattern=r"^[^\x00]*$")]
Said = Annotated[Words, StringConstraints(min_length=1)]


class RemarkAsked(Asked):
    """What somebody takes a fault for and wants done, while its workflow runs."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "user_recognition": "the nightly report loads the whole table",
                    "user_approved_action": "raise the limit today, page the query next sprint",
                }
            ]
        }
    )

    user_recognition: Words = ""
    user_approved_action: Words = ""


class NegativeAsked(Asked):
    """That a change was wrong."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"reason": "1Gi was not enough at noon", "expected_result": "2Gi"}]}
    )

    reason: Said = Field(description="What was wrong.")
    expected_result: Words = Field("", description="What should have been; an amount in it is learned.")


class RemarkTaken(Answer):
    """It is kept, and will stand in the commit message."""

    incident_id: str
    by: str
    at: datetime
    user_recognition: str
    user_approved_action: str


class NegativeTaken(Answer):
    """As it will stand in `feedback_negative.json`."""

    incident_id: str
    feedback_type: Literal["negative"] = "negative"
    reason: str
    original_action: str = Field(description="What was done or proposed, as `<path> <old> -> <new>`, a line each.")
    expected_result: str
    timestamp: datetime


class RollbackTaken(Answer):
    """Somebody wants the change taken back; the commit follows."""

    incident_id: str
    proposal_digest: str
    by: str
    at: datetime
