"""The two ways in besides the `langraph` command: `python -m langraph.main`, `uvicorn langraph.main:app`.

`app` is made on first use, so that importing this does no work.
"""

from typing import Any


def __getattr__(name: str) -> Any:
    if name == "app":
        from langraph.wiring import make_app

        return make_app()
    raise AttributeError(name)


if __name__ == "__main__":
    from langraph.cli import main

    main(["run"])
