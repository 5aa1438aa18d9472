"""For the machines that look after us: alive, ready, metrics."""

from collections.abc import Mapping

from fastapi import APIRouter, Request, Response

from api.counter import TheCounter, Visitor
from api.openapi import problems
from api.problems import UNAVAILABLE, problem
from api.schemas import HealthAnswer, ReadyAnswer

router = APIRouter(tags=["health"])

RETRY_READY = 5  # seconds; a kubelet asks again by itself every ten

NO_DETAIL = "not available; ask with an API key to learn more"


@router.get("/health", summary="Whether the process answers")
async def health() -> HealthAnswer:
    """Says nothing of what langraph depends on: restarting would not mend that."""
    return HealthAnswer()


@router.get("/ready", summary="Whether everything langraph needs is there", response_model=ReadyAnswer,
            responses=problems(503))  # fmt: skip
async def ready(request: Request, counter: TheCounter, visitor: Visitor) -> Response | ReadyAnswer:
    """Names what is missing; to those with a key it also says why."""
    dependencies = await counter.readiness()
    missing = sorted(name for name, trouble in dependencies.items() if trouble is not None)
    if visitor is None:
        dependencies = _without_detail(dependencies)
    if not missing:
        return ReadyAnswer(dependencies=dict(dependencies))
    return problem(
        UNAVAILABLE,
        f"not ready: {', '.join(missing)}",
        request.scope["path"],
        headers={"Retry-After": str(RETRY_READY)},
        dependencies=dict(dependencies),
    )


def _without_detail(dependencies: Mapping[str, str | None]) -> Mapping[str, str | None]:
    """Strangers do not learn addresses."""
    return {name: None if trouble is None else NO_DETAIL for name, trouble in dependencies.items()}


@router.get("/metrics", summary="Our own metrics, for Prometheus", response_class=Response,
            responses={200: {"content": {"text/plain": {}}}})  # fmt: skip
async def metrics(counter: TheCounter) -> Response:
    """In Prometheus' text format."""
    body, content_type = counter.metrics.render()
    return Response(body, headers={"Content-Type": content_type})
