"""What a line says of its own level, in the formats of many programs."""

import pytest

from langraph.levels import Level, label_level, own_level, says_error


@pytest.mark.parametrize(
    ("line", "level"),
    [
        ("level=error msg=x", Level.ERROR),
        ('{"msg":"level up","level":"info"}', Level.INFO),
        ('{"msg":"ERROR quoted","severity":"DEBUG"}', Level.DEBUG),
        ('{"level":50,"msg":"x"}', Level.ERROR),
        ('{"level":60,"msg":"x"}', Level.FATAL),
        ('{"log":"{\\"level\\":\\"warn\\"}"}', Level.WARN),
        ("2025-01-02 03:04:05.678 ERROR 1 --- [main] x", Level.ERROR),
        ("2025-01-02 03:04:05 UTC [1] FATAL:  x", Level.FATAL),
        ("2025-01-02 03:04:05 UTC [1] LOG:  x", Level.WARN),
        ("2025-01-02 03:04:05 UTC [1] LOG:  could not accept SSL connection: EOF", Level.WARN),
        ("2025-01-02 03:04:05 UTC [1] LOG:  server process (PID 7) was terminated by signal 11", Level.WARN),
        ("2025-01-02 03:04:05 UTC [1] LOG:  statement: INSERT INTO notes VALUES ('deadlock detected')", Level.INFO),
        ("2025-01-02 03:04:05 UTC [1] LOG:  duration: 12.1 ms  statement: SELECT 'ERROR'", Level.INFO),
        ("2025-01-02 03:04:05 UTC [1] LOG:  checkpoint starting: time", Level.INFO),
        ("2025-01-02 03:04:05 wrote the LOG file", Level.INFO),
        ("2025/01/02 03:04:05 [crit] 1#1: x", Level.FATAL),
        ("[Thu Jan 02 03:04:05 2025] [core:error] [pid 1] x", Level.ERROR),
        ("E0102 03:04:05.123456       1 x.go:1] y", Level.ERROR),
        ("I0102 03:04:05.123456       1 x.go:1] y", Level.INFO),
        ("fail: Microsoft.X[1] y", Level.ERROR),
        ("2025.01.02 03:04:05.678901 [ 7 ] {} <Error> executeQuery: Code: 241.", Level.ERROR),
        ("2025.01.02 03:04:05.678901 [ 7 ] {} <Debug> executeQuery: SELECT 'ERROR'", Level.DEBUG),
        ("[2025/01/02 03:04:05] [ info] [engine] started", Level.INFO),
        ('{"level":"info","logger":"postgres","record":{"error_severity":"FATAL","message":"x"}}', Level.FATAL),
        (
            '{"level":"info","logger":"pgbouncer","msg":"record","record":{"pid":"2","level":"WARNING","msg":"x"}}',
            Level.WARN,
        ),
        (
            '{"level":"info","logger":"pgbouncer","msg":"record","record":{"pid":"2","level":"LOG","msg":"x"}}',
            Level.INFO,
        ),
        ("NOTICE: PHP message: PHP Fatal error:  Allowed memory size of 1 bytes exhausted", Level.ERROR),
        ("NOTICE: PHP message: PHP Deprecated:  x", Level.INFO),
        ("server:\n  retries: 3\nlogging:\n  level: error", None),
        ("ERROR:root:x", Level.ERROR),
        ("\x1b[31mERROR\x1b[0m x", Level.ERROR),
        ("1:M 02 Jan 2025 03:04:05.678 # x", Level.WARN),
        ('{"t":{"$date":"x"},"s":"E","c":"NETWORK","msg":"x"}', Level.ERROR),
        ('name=a kind=Pod reason=Pulled type=Normal msg="ERROR in name"', Level.INFO),
        ('I0102 03:04:05.123456 1 event.go:1] "Event occurred" reason="Unhealthy" type="Warning"', Level.WARN),
        ("5m  Warning  BackOff  pod/x  y", Level.WARN),
        ("[2025-01-02 03:04:05] production.ERROR: x", Level.ERROR),
        ("[2025-01-02 03:04:05] local.INFO: an ERROR is quoted", Level.INFO),
        ("2025-01-02 03:04:05 [error    ] order is odd   order=12", Level.ERROR),
        ("2025-01-02T03:04:05.678901Z 8 [Note] [MY-010914] [Server] Aborted connection 8", Level.INFO),
        ("2025-01-02T03:04:05.678901Z 0 [Warning] [MY-010068] [Server] x", Level.WARN),
        ('{"@level":"error","@message":"x"}', Level.ERROR),
        ('{"version":"1.1","short_message":"x","level":3}', Level.ERROR),
        ('{"logger":"controller","level":0,"msg":"x"}', None),
        ('{"PRIORITY":"4","MESSAGE":"x"}', Level.WARN),
        ("<27>Jan  2 03:04:05 host app[1]: x", Level.ERROR),
        ("<30>Jan  2 03:04:05 host app[1]: x", Level.INFO),
        ("<30>Jan  2 03:04:05 host app[1]: level=error msg=x", Level.ERROR),
        ("just words about an error", None),
        ("GET /error HTTP/1.1", None),
        ("", None),
    ],
)
def test_the_level_is_read_from_the_format(line: str, level: Level | None) -> None:
    assert own_level(line) == level


def test_labels_give_a_level_and_explicit_ones_come_before_lokis_guess() -> None:
    assert label_level({"detected_level": "error"}) is Level.ERROR
    assert label_level({"level": "info", "detected_level": "error"}) is Level.INFO
    assert label_level({"app": "x"}) is None


@pytest.mark.parametrize("line", ["0 errors", "error_count=0", "errors: 0", "failed=0", 'error=""', "no exceptions"])
def test_a_word_that_reports_health_is_no_error_even_when_loki_guessed_so(line: str) -> None:
    assert not says_error(line, {"detected_level": "error"}, own_level(line))


def test_lokis_guess_counts_when_nothing_speaks_against_it() -> None:
    assert says_error("payment could not be booked", {"detected_level": "error"}, None)


@pytest.mark.parametrize(
    "line",
    [
        "Traceback (most recent call last):\n  x",
        "java.lang.IllegalStateException: x",
        "panic: x",
        "TypeError: x is not a function\n    at foo (/x.js:1:2)",
        "goroutine 1 [running]:",
        "TypeError: x is not a function",
        "NoMethodError (undefined method `x' for nil:NilClass):",
        "System.NullReferenceException: Object reference not set to an instance of an object.",
        "pika.exceptions.ChannelClosedByBroker: (406, 'PRECONDITION_FAILED')",
        "botocore.errorfactory.NoSuchBucket: An error occurred (NoSuchBucket) when calling ListObjects",
        "psycopg2.errors.UniqueViolation: duplicate key value violates unique constraint",
        "Net::SMTPSyntaxError: 501 bad address",
        "ActiveRecord::RecordInvalid: Validation failed: Name is blank",
        "** (RuntimeError) odd",
        "=CRASH REPORT==== 2-Jan-2025::03:04:05 ===",
        "npm ERR! missing script: start",
        "PHP Parse error:  syntax error, unexpected end of file",
        "ORA-00904: invalid identifier",
        "SQLSTATE[42S02]: Base table or view not found",
        "Code: 60. DB::Exception: Table shop.x does not exist. (UNKNOWN_TABLE)",
    ],
)
def test_the_head_of_a_trace_is_an_error_without_any_level(line: str) -> None:
    assert says_error(line, {}, own_level(line))


def test_a_warning_is_not_an_error() -> None:
    assert not says_error("level=warn msg=x", {"detected_level": "error"}, Level.WARN)


@pytest.mark.parametrize(
    "line",
    [
        "ORA-00000: normal, successful completion",
        "SQLSTATE[00000] ok",
        "com.example.orders.OrderService: order 7 placed",
        "Order::Service: order placed",
        "shop.orders.Cart: repriced",
        "see https://docs.example.com/errors.html: nothing to do",
        "0 TypeErrors were seen",
    ],
)
def test_names_that_only_look_like_errors_are_none(line: str) -> None:
    assert not says_error(line, {}, own_level(line))


def test_telegraf_marks_its_level_with_an_exclamation_mark() -> None:
    assert own_level("2026-11-08T03:00:10Z E! [outputs.influxdb] Failed to write metric") is Level.ERROR
    assert own_level("2026-11-08T03:00:10Z I! Loaded inputs: cpu") is Level.INFO
    assert own_level("Well E! no") is None


def test_an_answer_of_an_api_with_an_error_in_it_reports_one() -> None:
    answer = '{"error":{"type":"document_parsing_exception","reason":"failed to parse field [price]"},"status":%d}'
    assert says_error(answer % 400, {}, None)
    assert not says_error(answer % 200, {}, None)


def test_columns_between_tabs_hold_the_level_of_zaps_console() -> None:
    line = "2026-05-20T01:17:33.702Z\terror\tinternal/queue_sender.go:57\tExporting failed."
    assert own_level(line) is Level.ERROR
    assert own_level(line.replace("\terror\t", "\tinfo\t").replace("failed", "error")) is Level.INFO
