"""Every error as a problem."""

import inspect
import json
from pathlib import Path

import pytest

from api.problems import KINDS, NOT_FOUND, kind_of, problem
from langraph import errors
from langraph.errors import LangraphError, SourceUnavailable
from tests.support.counter import assert_problem, counter_world

LEAVES = [cls for _, cls in inspect.getmembers(errors, inspect.isclass) if issubclass(cls, LangraphError)]


@pytest.mark.parametrize(
    ("error", "status", "kind"),
    [
        (errors.BadInput, 422, "bad-input"),
        (errors.BadQuantity, 422, "bad-input"),
        (errors.NotFound, 404, "not-found"),
        (errors.Conflict, 409, "conflict"),
        (errors.Stale, 409, "stale"),
        (errors.Forbidden, 403, "forbidden"),
        (errors.PolicyDenied, 422, "policy-denied"),
        (errors.EditRefused, 422, "edit-refused"),
        (errors.LedgerBusy, 503, "unavailable"),
        (errors.GitUnavailable, 503, "unavailable"),
        (errors.Halted, 503, "unavailable"),
        (errors.LedgerBroken, 500, "internal"),
        (errors.BadSetting, 500, "internal"),
    ],
)
async def test_an_error_is_answered_by_its_place_in_the_tree(
    tmp_path: Path, error: type[LangraphError], status: int, kind: str
) -> None:
    async with counter_world(tmp_path) as world, world.client() as client:
        world.reception.refuse = error("the thing is wrong; mend it")
        answer = await client.post("/api/incidents/trigger", json={"log_text": "x", "log_source": "test"})
        body = assert_problem(answer, status, kind)
        assert ("the thing is wrong" in body["detail"]) == (status != 500)
        assert ("retry-after" in answer.headers) == (status == 503)


@pytest.mark.parametrize("error", LEAVES)
def test_every_error_of_the_tree_has_a_kind(error: type[LangraphError]) -> None:
    assert kind_of(error("x")) in KINDS


async def test_how_long_to_wait_is_passed_on_in_whole_seconds(tmp_path: Path) -> None:
    async with counter_world(tmp_path) as world, world.client() as client:
        world.reception.refuse = SourceUnavailable("Loki is away", retry_after=7.2)
        answer = await client.post("/api/incidents/trigger", json={"log_text": "x", "log_source": "test"})
        assert answer.headers["retry-after"] == "8"


async def test_a_bug_is_answered_without_its_details(tmp_path: Path) -> None:
    async with counter_world(tmp_path) as world, world.client() as client:
        world.reception.refuse = ZeroDivisionError("password=hunter2hunter2")
        answer = await client.post("/api/incidents/trigger", json={"log_text": "x", "log_source": "test"})
        body = assert_problem(answer, 500, "internal")
        assert "hunter2" not in json.dumps(body)
        assert "ZeroDivision" not in json.dumps(body)


async def test_what_does_not_fit_is_named_and_never_repeated(tmp_path: Path) -> None:
    sent = {"log_text": {"pin": "hunter2hunter2"}, "log_source": "x" * 300, "colour": "hunter2hunter2"}
    async with counter_world(tmp_path) as world, world.client() as client:
        body = assert_problem(await client.post("/api/incidents/trigger", json=sent), 422, "invalid-request")
    assert {error["field"] for error in body["errors"]} == {"body.log_text", "body.log_source", "body.colour"}
    assert "hunter2" not in json.dumps(body)


def test_a_problem_can_say_anything_that_anybody_sent() -> None:
    made = problem(NOT_FOUND, "lone \ud800 surrogate " + "x" * 5_000, "/a b/\ud800")
    body = json.loads(bytes(made.body))
    assert len(body["detail"]) <= 1_000
    assert body["instance"] == "/a%20b/%3F"


def test_the_names_of_problems_are_unique_and_fit_a_urn() -> None:
    names = [kind.name for kind in KINDS]
    assert len(set(names)) == len(names)
    assert all(name.replace("-", "").isalpha() and name.islower() for name in names)
