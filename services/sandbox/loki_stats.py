"""The statistics object that Loki adds to every answer, 3.5 KB of it, also to empty ones."""

import msgspec

Numbers = dict[str, object]


def stats_object(*, lines: int, processed: int, size: int, seconds: float) -> Numbers:
    """The object, with the few numbers that tell something.

    Args:
        lines: entries returned.
        processed: lines looked at.
        size: bytes looked at.
        seconds: execution time.
    """
    rate = 1 / seconds if seconds > 0 else 0.0
    summary: Numbers = {
        "bytesProcessedPerSecond": int(size * rate),
        "linesProcessedPerSecond": int(processed * rate),
        "totalBytesProcessed": size,
        "totalLinesProcessed": processed,
        "execTime": round(seconds, 9),
        "queueTime": 0.00005,
        "subqueries": 0,
        "totalEntriesReturned": lines,
        "splits": 0,
        "shards": 1 if processed else 0,
        "totalPostFilterLines": lines,
        "totalStructuredMetadataBytesProcessed": 0,
    }
    return {"summary": summary, **_CONSTANT}


def _zeros(names: str) -> Numbers:
    return dict.fromkeys(names.split(), 0)


def _store() -> Numbers:
    chunk = _zeros(
        "headChunkBytes headChunkLines decompressedBytes decompressedLines compressedBytes totalDuplicates "
        "postFilterLines headChunkStructuredMetadataBytes decompressedStructuredMetadataBytes"
    )
    dataobj = _zeros(
        "prePredicateDecompressedRows prePredicateDecompressedBytes prePredicateDecompressedStructuredMetadataBytes "
        "postPredicateRows postPredicateDecompressedBytes postPredicateStructuredMetadataBytes postFilterRows "
        "pagesScanned pagesDownloaded pagesDownloadedBytes pageBatches totalRowsAvailable totalPageDownloadTime"
    )
    return {
        **_zeros("totalChunksRef totalChunksDownloaded chunksDownloadTime"),
        "queryReferencedStructuredMetadata": False,
        "queryUsedV2Engine": False,
        "chunk": chunk,
        **_zeros("chunkRefsFetchTime congestionControlLatency pipelineWrapperFilteredLines"),
        "dataobj": dataobj,
    }


def _cache() -> Numbers:
    caches = "chunk index result statsResult volumeResult seriesResult labelResult instantMetricResult"
    counters = "entriesFound entriesRequested entriesStored bytesReceived bytesSent requests downloadTime"
    return {name: _zeros(counters + " queryLengthServed") for name in caches.split()}


_CONSTANT: dict[str, object] = {
    name: msgspec.Raw(msgspec.json.encode(part))
    for name, part in (
        ("querier", {"store": _store(), "querierExecTime": 0}),
        (
            "ingester",
            {
                **_zeros("totalReached totalChunksMatched totalBatches totalLinesSent"),
                "store": _store(),
                "recvWaitTime": 0,
            },
        ),
        ("cache", _cache()),
        (
            "index",
            {
                **_zeros("totalChunks postFilterChunks shardsDuration"),
                "usedBloomFilters": False,
                **_zeros("totalStreams chunkRefsLookupTime bloomFilterTime"),
            },
        ),
    )
}
"""The parts that are the same in every answer, encoded once."""
