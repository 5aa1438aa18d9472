"""Programs from Debian packages: a loud skip where they are missing, a failure where they must be there (CI)."""

import os
import shutil

import pytest


def needs(program: str, package: str) -> str:
    """The path of `program`.

    Raises:
        pytest's own skip or failure, naming the package to install.
    """
    found = shutil.which(program)
    if found is not None:
        return found
    what = f"{program} is not installed; run: apt-get install {package}"
    if os.environ.get("CI"):
        pytest.fail(what)
    pytest.skip(f"SKIPPED A REAL-SERVER TEST: {what}")
