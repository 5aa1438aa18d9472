"""The door for Slack's requests: what is let in, once, and everything else is not."""

import json
import random
from urllib.parse import urlencode

import pytest

from langraph.errors import BadSetting
from services.sandbox.slack_delivery import sign
from services.slack_client.guard import FRESH_SECONDS, MOST_BYTES, Guard

SECRET = "8f742231b10e8888abcd99yyyzzz85a5"
NOW = 1_763_640_000
BODY = urlencode({"payload": json.dumps({"type": "block_actions", "actions": []})}).encode()
FORM = "application/x-www-form-urlencoded"


class Hands:
    """Unix time that a test turns."""

    def __init__(self) -> None:
        self.at = float(NOW)

    def __call__(self) -> float:
        return self.at


def guard(now: Hands | None = None) -> Guard:
    return Guard(SECRET, now or Hands())


def signed(body: bytes = BODY, at: int = NOW, secret: str = SECRET, kind: str = FORM) -> dict[str, str]:
    return {
        "x-slack-request-timestamp": str(at),
        "x-slack-signature": sign(secret, str(at), body),
        "content-type": kind,
    }


def status(found: object) -> int:
    return getattr(found, "status", 0)


def test_a_request_that_slack_signed_is_let_in() -> None:
    assert guard().check(BODY, signed()) is None


def test_the_signature_is_slacks_own_example() -> None:
    body = (
        b"token=xyzz0WbapA4vBCDEFasx0q6G&team_id=T1DC2JH3J&team_domain=testteamnow&channel_id=G8PSS9T3V&channel_name="
        b"foobar&user_id=U2CERLKJA&user_name=roadrunner&command=%2Fwebhook-collect&text=&response_url=https%3A%2F%2F"
        b"hooks.slack.com%2Fcommands%2FT1DC2JH3J%2F397700885554%2F96rGlfmibIGlgcZRskXaIFfN&trigger_id=398738663015."
        b"47445629121.803a0bc887a14d10d2c447fce8b6703c"
    )
    documented = "v0=a2114d57b48eac39b9ad189dd8316235a7b4a8d21a10bd27519666489c69b503"
    hands = Hands()
    hands.at = 1_531_420_618
    headers = {"x-slack-request-timestamp": "1531420618", "x-slack-signature": documented, "content-type": FORM}
    assert guard(hands).check(body, headers) is None


@pytest.mark.parametrize("moved", [-FRESH_SECONDS - 1, FRESH_SECONDS + 1])
def test_a_request_from_another_time_is_refused(moved: int) -> None:
    assert status(guard().check(BODY, signed(at=NOW + moved))) == 401


@pytest.mark.parametrize("moved", [-FRESH_SECONDS, FRESH_SECONDS])
def test_the_edge_of_five_minutes_belongs_to_it(moved: int) -> None:
    assert guard().check(BODY, signed(at=NOW + moved)) is None


def test_the_same_request_is_let_in_once() -> None:
    door = guard()
    assert door.check(BODY, signed()) is None
    assert status(door.check(BODY, signed())) == 409


def test_a_repetition_by_slack_itself_is_answered_and_not_let_in() -> None:
    door = guard()
    door.check(BODY, signed())
    assert status(door.check(BODY, {**signed(), "x-slack-retry-num": "1"})) == 200


def test_what_was_refused_is_not_remembered_as_seen() -> None:
    door = guard()
    assert status(door.check(BODY, signed(secret="another"))) == 401
    assert door.check(BODY, signed()) is None


def test_what_is_too_old_to_be_sent_again_is_forgotten(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("services.slack_client.guard.REMEMBERED", 3)
    hands = Hands()
    door = guard(hands)
    for number in range(3):
        body = BODY + b"&n=%d" % number
        assert door.check(body, signed(body)) is None
    assert status(door.check(BODY, signed())) == 503
    hands.at += 2 * FRESH_SECONDS + 1
    assert door.check(BODY, signed(at=int(hands.at))) is None


@pytest.mark.parametrize("timestamp", ["", "now", "-1", "1e9", "٣", "1763640000 ", "9" * 40])
def test_a_timestamp_that_is_no_number_is_a_bad_request(timestamp: str) -> None:
    headers = {**signed(), "x-slack-request-timestamp": timestamp}
    assert status(guard().check(BODY, headers)) == 400


@pytest.mark.parametrize(
    ("body", "kind"),
    [
        (b"\xff\xfe", FORM),
        (b"payload=%7Bnot+json", FORM),
        (b"payload=[]", FORM),
        (b"payload=%ff%fe", FORM),
        (b"{", "application/json"),
        (b"[]", "application/json"),
        (b"[" * 100_000, "application/json"),
    ],
)
def test_what_cannot_be_read_is_a_bad_request_even_when_it_is_signed(body: bytes, kind: str) -> None:
    assert status(guard().check(body, signed(body, kind=kind))) == 400


def test_a_body_that_is_too_large_is_refused_before_anything_is_computed() -> None:
    assert status(guard().check(b"x" * (MOST_BYTES + 1), {})) == 413


@pytest.mark.parametrize("secret", ["", "  ", "\n"])
def test_an_empty_secret_is_refused_at_the_start(secret: str) -> None:
    with pytest.raises(BadSetting, match="SLACK_SIGNING_SECRET is empty"):
        Guard(secret, Hands())


def test_of_ten_thousand_forgeries_none_is_let_in() -> None:
    chance, door = random.Random(7), guard()
    good = signed()
    accepted = 0
    for _ in range(10_000):
        body, headers = bytearray(BODY), dict(good)
        match chance.randrange(6):
            case 0:
                body[chance.randrange(len(body))] ^= 1 << chance.randrange(8)
            case 1:
                position = chance.randrange(3, 67)
                digit = chance.choice("0123456789abcdefABCDEFg")
                mutated = good["x-slack-signature"][:position] + digit + good["x-slack-signature"][position + 1 :]
                headers["x-slack-signature"] = mutated if mutated != good["x-slack-signature"] else "v0="
            case 2:
                headers["x-slack-request-timestamp"] = str(NOW + chance.choice((-1, 1)) * chance.randrange(1, 10**6))
            case 3:
                headers.pop(chance.choice(("x-slack-signature", "x-slack-request-timestamp")))
            case 4:
                body += bytes(chance.randrange(256) for _ in range(chance.randrange(1, 9)))
            case 5:
                headers["x-slack-signature"] = sign(chance.choice(("", "x", SECRET[:-1])), str(NOW), bytes(body))
        accepted += door.check(bytes(body), headers) is None
    assert accepted == 0
    assert door.check(BODY, good) is None
