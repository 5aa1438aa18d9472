"""Which language an answer is in."""

LANGUAGES = ("en", "ko")


def locale_of(accept_language: str | None, default: str) -> str:
    """The language that the client likes best of those we speak (RFC 9110, section 12.5.4).

    Args:
        accept_language: the header, `ko-KR,ko;q=0.9,en;q=0.8`; None when there was none.
        default: the configured language, when the client names none of ours.
    """
    best, best_weight = default, 0.0
    for part in (accept_language or "").split(","):
        tag, _, rest = part.partition(";")
        language = tag.strip().lower().partition("-")[0]
        weight = _weight(rest)
        if language in LANGUAGES and weight > best_weight:
            best, best_weight = language, weight
    return best


def _weight(parameter: str) -> float:
    """The number of `q=0.8`; 1 when none is given, 0 when it is not a number between 0 and 1."""
    name, _, value = parameter.strip().partition("=")
    if not name:
        return 1.0
    try:
        weight = float(value)
    except ValueError:
        return 0.0
    return weight if name.strip().lower() == "q" and 0 <= weight <= 1 else 0.0
