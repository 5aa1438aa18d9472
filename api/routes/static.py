"""The page's style, script and icon: few, small, the same for everybody."""

from fastapi import APIRouter, Request, Response

from api.pages.assets import ASSETS, PREFIX
from langraph.errors import NotFound

router = APIRouter(include_in_schema=False)

FOR_EVER = "public, max-age=31536000, immutable"  # a year: its address changes with its content
ASK_AGAIN = "no-cache"  # another address than ours: keep it, but ask whether it is still right


@router.get(f"{PREFIX}/{{name}}")
async def static_file(request: Request, name: str) -> Response:
    """One file, or that the browser's own copy is still right."""
    asset = ASSETS.get(name)
    if asset is None:
        raise NotFound(f"there is no {name!r:.80} among the page's files; open / instead")
    etag = f'"{asset.digest}"'
    is_ours = request.query_params.get("v") == asset.digest
    headers = {"ETag": etag, "Cache-Control": FOR_EVER if is_ours else ASK_AGAIN}
    known = (one.strip().removeprefix("W/") for one in request.headers.get("if-none-match", "").split(","))
    if etag in known:
        return Response(status_code=304, headers=headers)
    return Response(asset.data, media_type=asset.media_type, headers=headers)
