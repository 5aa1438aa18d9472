"""Masking: taking prose at once is quicker and changes nothing."""

import re

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from langraph.fingerprint import masking
from langraph.fingerprint.masking import PROSE, VARIABLE, mask

EVERY_FORM = re.compile(VARIABLE.pattern.removeprefix(PROSE))
"""As if there were no prose: every form is tried at every letter."""

WORDS = r"""
    Mon Tue, Jan Feb May true false True process Process task PID pid program veth0a1b2c vethabcdef veth Monitor May_be
    user at to for error Error failed the GET a b C DC=x k=v k= key=val, Errno:: x:y keyed:7 10 3.5 0x1f -1 +2 <3 GiB
    ms 12:30:01 2026-11-20 T10:00:00Z 10.0.0.1:80 ::1 a1:b2:c3:d4:e5:f6 host:8080 web.svc a.b.c x/y ~me/x @org/pkg
    %d%/a/b /var/log ./x ../y .env $HOME/x $var *pkg.T &T{A:1} a+b a-b-c up-to-date A::B A.B.C A\B C:\x NT AUTHORITY\X
    [a] {a=b} <x> 'q' "q r s" `t` dns:/// file:/x ab,cd1,ef a,b eyJhbGciOiJI.eyJ deadbeefdeadbeef {} [] 404 Not Found
    500 (main) 20 Nov 2026 -- - . : ; ! ? | # ^ > = ~ @ %
"""
PIECES = st.sampled_from([*WORDS.split(), *"  \t\n,;)]}(=!?|#^>.:-%@~*&$_+/\\'\"<[{"])
LINES = st.lists(st.one_of(PIECES, PIECES.map(lambda piece: f"{piece} ")), max_size=30).map("".join)


@settings(max_examples=1_000, deadline=None)
@given(LINES)
@example("task 7 (main) is @org/pkg of %d%/a/b for ~me/x")
@example("Mon Jan 12 10:00:00 2026 true. Process 12 (x)")
def test_prose_is_what_no_form_begins_in(line: str) -> None:
    fast = mask(line)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(masking, "VARIABLE", EVERY_FORM)
        assert mask(line) == fast
