"""Secrets leave no trace; ordinary text stays as it is."""

import json
import string
import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from langraph.redact import printable, redact, redact_all

SECRET = st.text(string.ascii_letters + string.digits + "_-+=.!", min_size=9, max_size=40).filter(
    lambda s: any(c.isdigit() for c in s) and s[0].isalnum() and s[-1].isalnum()
)
PLACES = [
    "password={}", "db_password: {}", '"password":"{}"', '{{"log":"{{\\"apiKey\\":\\"{}\\"}}"}}', "token={} next=1",
    "Authorization: Bearer {}",
    "authorization: Basic {}", "--password {} -v", "AWS_SECRET_ACCESS_KEY={}", "client_secret={}&x=1",
    "postgres://app:{}@db:5432/shop", "https://u:{}@example.com/x", "redis://:{}@cache:6379/0", "IDENTIFIED BY '{}'",
    "Cookie: session={}; theme=dark", "Set-Cookie: sid={}; Path=/",
    "Server=db;User=x;Password={};", "X-Api-Key: {}", "secret => '{}'",
    "AccountKey={};EndpointSuffix=x", "curl -H 'X-Auth-Token: {}'", "pwd={}",
    '"prod/db/password": {}', "'app/token': {}",
    '"Authorization":["{}"]', '"Cookie":["a={}","b={}"]', '"X-Api-Key": [ "{}" ]', '{{\\"Cookie\\":[\\"sid={}\\"]}}',
    "map[Accept:[*/*] Authorization:[Bearer {}] Range:[x]]", "map[Cookie:[sid={}; theme=x b={}]]",
    "'Authorization': ['token {}']", "':method', 'GET' 'cookie', 'sid={}'", "(b'x-api-key', b'{}')",
    '("Authorization", "token {}")', '{{"name":"DB_PASSWORD","value":"{}"}}', "- name: DB_PASSWORD\n  value: {}",
    '{{"name":"Authorization","value":"{}"}}', '{{\\"key\\":\\"token\\",\\"value\\":\\"{}\\"}}',
    "<password>{}</password>", 'authorization: Token token="{}"',
    'http.Header{{"Authorization":[]string{{"{}"}}}}', "password=[{}]", '"Cookie":["sid={}', "Authorization:[{}",
    'Authorization: Digest username="bob", realm="x", response="{}"',
]  # fmt: skip


@settings(max_examples=150, deadline=None)
@given(SECRET, st.sampled_from(PLACES))
def test_a_secret_in_any_known_place_is_gone(secret: str, place: str) -> None:
    clean = redact(place.format(*[secret] * 2))
    assert secret not in clean
    assert "[redacted:" in clean


@settings(max_examples=150, deadline=None)
@given(st.lists(st.one_of(st.text(max_size=20), SECRET, st.sampled_from(PLACES)), max_size=6).map(" ".join))
def test_redacting_twice_changes_nothing_more(text: str) -> None:
    assert redact(redact(text)) == redact(text)


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("key " + "AKIA" + "ABCDEFGHIJKLMNOP", "aws"),
        ("AIza" + "A" * 35, "gcp"),
        ("ghp_" + "a1" * 18, "github"),
        ("xoxb-" + "1234567890-abcdefghij", "slack"),
        ("https://hooks.slack.com/services/T00/B00/xyzxyzxyz", "slack"),
        ("sk_live_" + "4eC39HqLyjWDarjtT1", "stripe"),
        ("eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.abcDEF123", "jwt"),
        ("-----BEGIN RSA PRIVATE KEY-----\nMIIabc\ndef\n-----END RSA PRIVATE KEY-----", "private-key"),
        ("-----BEGIN PRIVATE KEY-----\\nMIIabc", "private-key"),
    ],
)
def test_a_token_is_known_by_its_form(text: str, kind: str) -> None:
    assert f"[redacted:{kind}]" in redact(text)
    assert text not in redact(text)


@pytest.mark.parametrize(
    "text",
    [
        "no space left on device",
        "GET https://example.com/a?b=c 200",
        "dial tcp 10.0.0.1:5432: connect: connection refused",
        "Invalid token: signature mismatch",
        "max_tokens=100 tokens: 12",
        'failed to list *v1.Secret: Get "https://10.96.0.1:443/api/v1/secrets": i/o timeout',
        "password authentication failed for user shop",
        "basic authentication is disabled",
        'Unable to mount volumes for pod "api-0"',
        "key not found",
        "author=alice passed=12",
        "secret is missing",
        "couldn't find key DB_URL in ConfigMap shop/api",
    ],
)
def test_ordinary_text_is_left_alone(text: str) -> None:
    assert redact(text) == text


def test_what_stands_around_a_secret_is_kept() -> None:
    assert redact("connect postgres://app:s3cr3t@db:5432/shop failed") == (
        "connect postgres://app:[redacted:password]@db:5432/shop failed"
    )
    assert (
        redact('{"user":"bob","password":"a\\"b c","n":1}') == '{"user":"bob","password":"[redacted:password]","n":1}'
    )
    assert "ss" not in redact("amqp://u:p@ss@mq:5672").replace("password", "")


def test_a_record_with_secrets_in_lists_is_still_json() -> None:
    record = {"headers": {"Authorization": ["Basic abc="], "Cookie": ["a=1", "b=2"], "Accept": ["*/*"]}, "message": "x"}
    clean = json.loads(redact(json.dumps(record)))
    assert clean["headers"] == {
        "Authorization": ["[redacted:authorization]"],
        "Cookie": ["[redacted:cookie]"],
        "Accept": ["*/*"],
    }
    assert clean["message"] == "x"


def test_names_of_secrets_are_no_secrets() -> None:
    assert redact('"secrets":["registry-a","registry-b"]') == '"secrets":["registry-a","registry-b"]'
    assert redact("max_tokens=[4096]") == "max_tokens=[4096]"


def test_a_label_that_is_named_like_a_secret_loses_its_value() -> None:
    clean = redact_all({"app": "x", "password": "hunter2x", "url": "http://u:pw12345@h/"})
    assert clean["app"] == "x"
    assert "hunter2x" not in clean["password"]
    assert clean["url"] == "http://u:[redacted:password]@h/"


def test_terminal_escapes_are_dropped_and_control_characters_shown() -> None:
    assert printable("\x1b[31mred\x1b[0m\x1b]0;title\x07 a\x00b\u202e\n\tc") == "red a␀b\\u202e\n\tc"
    assert printable("한글 🚨 ok") == "한글 🚨 ok"
    assert printable("a\r\nb\rc") == "a\nb␍c"


@settings(max_examples=100, deadline=None)
@given(st.text())
def test_printable_text_holds_no_control_characters_and_stays_so(text: str) -> None:
    clean = printable(text)
    assert not any(ord(c) < 32 and c not in "\n\t" for c in clean)
    assert "\x1b" not in clean
    assert printable(clean) == clean


def test_a_hostile_line_is_redacted_in_time() -> None:
    began = time.process_time()
    for text in (
        "password" * 1_000,
        "token=" * 1_300,
        "a://" * 2_000,
        "-" * 8_000 + "password",
        '"secret":"' * 800,
        "x" * 8_000 + "key=",
        '"cookie":["' * 700,
        "cookie:[" * 1_000,
        '"cookie":["a"' + ',"a"' * 2_000,
        "authorization: Digest" + " a=b," * 1_500,
        "'cookie', '" * 700,
        "name: key\n" * 800,
        "name=token value=" * 500,
        "<password>" * 800,
    ):
        redact(text)
    assert time.process_time() - began < 30  # seconds, for 8 KiB each
