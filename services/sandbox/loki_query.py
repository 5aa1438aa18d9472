"""One page of a log query, as the simulated Loki picks, groups, scrambles and encodes it."""

import heapq
import itertools
import random
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

from services.sandbox.logql_pipeline import Pipeline, Row
from services.sandbox.loki_store import Metadata, Stream, label_string

STABLE_TIES = 12  # lines of one time that keep their order; the server's sort is unstable beyond
ENTRY_OVERHEAD = 16  # bytes of a line in the querier's answer besides its text: time, lengths, field tags
LABEL_OVERHEAD = 6  # bytes of a label there besides name and value
Interval = tuple[int, int]


@dataclass(frozen=True, slots=True)
class Hit:
    """One line of a page."""

    at: int
    line: str
    stream: Stream
    metadata: Metadata
    row: Row | None
    """Labels after the pipeline; None when it had no stage that could change them."""


def read_page(
    streams: Sequence[Stream],
    pipeline: Pipeline,
    window: Interval,
    limit: int,
    *,
    backward: bool,
    hidden: Sequence[Interval] = (),
) -> list[Hit]:
    """The first `limit` lines in [start, end) over all streams, in the direction asked.

    At one nanosecond the lines of one stream come before the next stream's: the same stream first in either
    direction, its oldest arrivals first going forward, its newest first going backward.

    Args:
        hidden: intervals that a results cache believes to be empty.
    """
    ordered = sorted(streams, key=lambda stream: stream.rank)
    runs = [_hits(stream, number, pipeline, window, backward) for number, stream in enumerate(ordered)]
    merged = heapq.merge(*runs) if len(runs) > 1 else itertools.chain(*runs)
    hits = (entry[3] for entry in merged)
    if hidden:
        hits = (hit for hit in hits if not any(start <= hit.at < end for start, end in hidden))
    return list(itertools.islice(hits, limit))


def _hits(
    stream: Stream, number: int, pipeline: Pipeline, window: Interval, backward: bool
) -> Iterator[tuple[int, int, int, Hit]]:
    """The stream's passing lines, each with its place in the merged order."""
    sign = -1 if backward else 1
    for i in stream.hits(pipeline.key, pipeline.keeps, stream.window(*window), backward=backward):
        line, metadata, row = stream.lines[i], stream.metadata[i], None
        if pipeline.rest:
            row = pipeline.run(line, stream.labels, metadata)
            if row is None:
                continue
        yield sign * stream.at[i], number, sign * i, Hit(stream.at[i], line, stream, metadata, row)


def wire_bytes(hits: Iterable[Hit]) -> int:
    """Size of a page on its way from the querier to the frontend, where 4 MiB is the end."""
    total = 0
    sizes: dict[int, int] = {}
    for hit in hits:
        if id(hit.metadata) not in sizes:
            sizes[id(hit.metadata)] = sum(len(k) + len(v) + LABEL_OVERHEAD for k, v in hit.metadata.items())
        text = hit.line
        total += (len(text) if text.isascii() else len(text.encode())) + ENTRY_OVERHEAD + sizes[id(hit.metadata)]
    return total


def encode_streams(hits: Sequence[Hit], *, categorize: bool) -> list[dict[str, object]]:
    """The `result` of the answer: one object per label set, sorted by its label string.

    Args:
        categorize: metadata and parsed labels stay with each line instead of splitting the stream.
    """
    groups: dict[int | tuple[tuple[str, str], ...], tuple[dict[str, str], list[Hit]]] = {}
    for hit in hits:
        key = _group_key(hit, categorize=categorize)
        if key not in groups:
            groups[key] = (_stream_labels(hit, categorize=categorize), [])
        groups[key][1].append(hit)
    merged: dict[str, tuple[dict[str, str], list[Hit]]] = {}
    for labels, members in groups.values():
        merged.setdefault(label_string(labels), (labels, []))[1].extend(members)
    return [
        {"stream": labels, "values": [_value(hit, categorize=categorize) for hit in scramble_ties(_sorted(members))]}
        for _, (labels, members) in sorted(merged.items())
    ]


def scramble_ties(hits: list[Hit]) -> list[Hit]:
    """The order in which an unstable sort leaves equal times: arbitrary beyond 12, the same for equal data."""
    if len(hits) <= STABLE_TIES:
        return hits
    out: list[Hit] = []
    for _, run in itertools.groupby(hits, key=lambda hit: hit.at):
        tie = list(run)
        out += tie if len(tie) <= STABLE_TIES else [tie[i] for i in _permutation(len(tie))]
    return out


@lru_cache(maxsize=64)
def _permutation(count: int) -> list[int]:
    order = list(range(count))
    random.Random(count).shuffle(order)  # noqa: S311 - the same disorder each time is the point
    return order


def _sorted(hits: list[Hit]) -> list[Hit]:
    """Members of merged groups in page order again (groups of one stream already are)."""
    if len({id(hit.stream) for hit in hits}) <= 1:
        return hits
    backward = hits[0].at > hits[-1].at
    return sorted(hits, key=lambda hit: -hit.at if backward else hit.at)


def _group_key(hit: Hit, *, categorize: bool) -> int | tuple[tuple[str, str], ...]:
    """Cheap where lines share their metadata mapping, by content where they do not."""
    if hit.row is not None:
        return tuple(_stream_labels(hit, categorize=categorize).items())
    if categorize:
        return id(hit.stream)
    if len(hit.metadata) == 1:
        return hash((id(hit.stream), *hit.metadata.items()))
    return (("", hit.stream.text), *hit.metadata.items())


def _stream_labels(hit: Hit, *, categorize: bool) -> dict[str, str]:
    if hit.row is None:
        labels: Mapping[str, str] = hit.stream.labels if categorize else {**hit.stream.labels, **hit.metadata}
    else:
        labels = hit.row.stream if categorize else hit.row.labels
    return dict(sorted(labels.items()))


def _value(hit: Hit, *, categorize: bool) -> tuple[str, str] | tuple[str, str, dict[str, dict[str, str]]]:
    if not categorize:
        return str(hit.at), hit.line
    metadata = hit.metadata if hit.row is None else hit.row.metadata
    extra: dict[str, dict[str, str]] = {}
    if metadata:
        extra["structuredMetadata"] = dict(metadata)
    if hit.row is not None and hit.row.parsed:
        extra["parsed"] = dict(sorted(hit.row.parsed.items()))
    return str(hit.at), hit.line, extra
