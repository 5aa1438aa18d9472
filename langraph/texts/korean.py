"""Korean particles after words that we only know at run time."""


def topic(word: str) -> str:
    """The word with its topic particle: 은 after a final consonant, 는 after a vowel, else both."""
    return word + _choose(word, "은", "는", "은(는)")


def object_(word: str) -> str:
    """The word with its object particle 을 or 를."""
    return word + _choose(word, "을", "를", "을(를)")


def _choose(word: str, closed: str, open_: str, unknown: str) -> str:
    last = ord(word[-1]) - 0xAC00 if word else -1
    if not 0 <= last < 11172:  # the block of Hangul syllables, U+AC00 to U+D7A3
        return unknown
    return closed if last % 28 else open_  # 28 finals per vowel, the first of them being none
