"""The first commit of the demo's GitOps repository: the values files of `helm-values/`, and a word on what it is.

`gitops/helm-values` is a link to the project's own `helm-values/`, so there is one copy to maintain; a wheel build
follows the link and packs the files.
"""

import re
from collections.abc import Sequence
from pathlib import Path

from langraph.errors import BadSetting

_HERE = Path(__file__).resolve().parent
PLACES = (_HERE / "gitops" / "helm-values", _HERE.parents[1] / "helm-values")
"""Where the files are: in the package; or in the checkout, on systems that write links as small text files."""

README = """# GitOps repository of the langraph demo

Argo CD (simulated) applies what is on this branch: `helm-values/<app>/values.yaml` holds each app's values,
`helm-values/apps.yaml` says which app is which, `helm-values/policy.yaml` what langraph may change.

Every incident that langraph handles is recorded below `examples/`, in the commit that mends it and those after it.
Try it: raise `resources.limits.memory` in `helm-values/grafana/values.yaml` to 1Gi, commit, and watch grafana recover.
"""

_NOBODY = re.compile(rb"^(approvers|stronger):[ \t]*\[\][ \t]*$", re.MULTILINE)


def initial_files(approvers: Sequence[str] = ()) -> dict[str, bytes]:
    """The repository's files by path.

    Args:
        approvers: person ids (`local:root`, `api:alice`) to write into the policy, which by itself names nobody.

    Raises:
        BadSetting: the files are not installed.
    """
    root = next((place for place in PLACES if (place / "policy.yaml").is_file()), None)
    if root is None:
        raise BadSetting(f"no demo values at {PLACES[0]}; install langraph from a complete wheel or checkout")
    found = sorted(path for path in root.rglob("*.yaml") if path.is_file())
    files = {f"helm-values/{path.relative_to(root).as_posix()}": path.read_bytes() for path in found}
    policy = files["helm-values/policy.yaml"]
    files["helm-values/policy.yaml"] = _with_approvers(policy, approvers)
    return {"README.md": README.encode(), **files}


def _with_approvers(policy: bytes, approvers: Sequence[str]) -> bytes:
    if not approvers:
        return policy
    for person in approvers:
        if not re.fullmatch(r"[a-z]+:[\w.@-]+", person, re.ASCII):
            raise BadSetting(f"approver {person!r} is no person id; write `<surface>:<name>`, for example local:root")
    people = "".join(f"\n  - {person}" for person in approvers).encode()
    changed, count = _NOBODY.subn(lambda line: line[1] + b":" + people, policy)
    if count != 2:  # the demo's people may loosen a probe too, which takes the stronger list
        raise BadSetting("policy.yaml of the demo must have the lines `approvers: []`, `stronger: []`; restore them")
    return changed
