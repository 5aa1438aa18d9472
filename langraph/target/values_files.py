"""Which files of the repository hold an app's values, and for which environment. Pure."""

import re
from collections.abc import Iterable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass

from langraph.catalogue import Catalogue

VALUES_DIR = "helm-values"
MAX_FILES = 50  # files searched for an app without a folder; a repository with more needs the catalogue

NOT_VALUES = frozenset({"chart.yaml", "chart.lock", "kustomization.yaml", "kustomization.yml", "requirements.yaml"})
"""Files beside values files that are something else."""

ENVIRONMENTS = (
    {"prod", "production", "prd", "live"},
    {"staging", "stage", "stg"},
    {"dev", "development"},
    {"test", "testing", "tst", "qa"},
    {"preprod", "uat", "preview"},
    {"sandbox"},
    {"canary"},
)
"""Names of environments; those of one set mean the same one."""

EVERYWHERE = frozenset({"base", "common", "default", "defaults", "shared", "global", "all"})
"""What people call the layer below those of all environments."""

BETWEEN = frozenset({"overlays", "overlay", "envs", "env", "environments", "environment", "values", "layers", "helm"})
"""Folders between an app's and those of its environments."""

ENVIRONMENT_LABELS = ("env", "environment", "stage", "cluster", "deployment_environment", "deployment.environment")
RELEASE_LABELS = ("app.kubernetes.io/instance", "app_kubernetes_io_instance", "release", "helm_release")
"""Labels by which Helm's charts say which release an object belongs to."""
WHOLE_LABELS = ("app.kubernetes.io/part-of", "app_kubernetes_io_part_of", "part_of")
"""Labels by which they say what an object with a name of its own is part of."""

OPERATED = re.compile(r"(?P<kind>[a-z0-9]+)-(?P<own>[a-z0-9-]+)-(?P=kind)")
"""What an operator makes of `<own>-<kind>`: `prometheus-kube-prometheus-stack-prometheus`."""

_VALUES = re.compile(r"(?:(?P<before>.+?)[-_.])?values(?:[-_.](?P<after>.+))?")


@dataclass(frozen=True, slots=True)
class ValuesFile:
    """A file below the values directory, by its name."""

    path: str
    owner: str
    """The app it belongs to: the folder's name, or the file's where there is no folder."""
    base: str
    """The folder of the app; files of one base are layers of one another."""
    tag: str
    """What tells this layer from the plain one: `prod` of `values-prod.yaml`; empty for the plain one."""
    is_values: bool
    """Whether the name says that it is a values file; others count only for the objects in them."""


REVISION = re.compile(r"-\d{1,4}\Z")
"""A release's revision, behind the names of the jobs that charts make anew with each."""


@dataclass(frozen=True, slots=True)
class Home:
    """Where an app's values are, and what its name says besides."""

    owner: str
    rest: str = ""
    """`ingester` of the app `loki-ingester` in the folder `loki`."""
    release: str = ""
    """What stands in front of the owner's name in the app's, where that is a release's."""


def paths_to_read(
    app: str | None,
    catalogue: Catalogue,
    listing: Sequence[str],
    namespace: str | None = None,
    labels: Mapping[str, str] | None = None,
) -> tuple[str, ...]:
    """Which files of the repository may hold the app's values, in the order in which Helm gets them.

    Args:
        app: the app's name; None: only its labels can tell.
        catalogue: the team's own list; where it knows the app, nothing else counts.
        listing: the files that exist below the values directory.
        namespace, labels: of the incident.
    """
    entry = catalogue.lookup(app, labels or {}, namespace)
    if entry is not None:
        there = set(listing)
        outside = (path for path in entry.files if not path.startswith(f"{VALUES_DIR}/"))
        return tuple(dict.fromkeys([*(path for path in entry.files if path in there), *outside]))
    if app is None or catalogue.knows(app):
        return ()
    known = described(listing)
    home = home_of(app, known, releases_of(namespace, labels or {}))
    own = [file for file in known if home is not None and file.owner == home.owner]
    if own:
        return tuple(file.path for file in own)

    # Objects may be anywhere, and so may the section of an umbrella chart: what the name points to comes first.
    releases = releases_of(namespace, labels or {})
    whole = release_home(app, known, releases, namespace)
    near = (app, *labelled(releases, namespace))

    def likelihood(file: ValuesFile) -> tuple[bool, bool, bool, str]:
        is_whole = whole is not None and file.owner == whole.owner
        is_near = any(_is_near(file, name) for name in near)
        return not is_whole, not is_near, not (file.is_values and not file.tag), file.path

    return tuple(file.path for file in sorted(known, key=likelihood)[:MAX_FILES])


def described(paths: Iterable[str]) -> list[ValuesFile]:
    """The files that may hold values, plain layers before those that overlay them."""
    found = [_described(path) for path in paths]
    return sorted(
        (file for file in found if file is not None), key=lambda f: (f.base, not f.is_values, f.tag != "", f.path)
    )


def home_of(app: str, files: Sequence[ValuesFile], releases: Sequence[str]) -> Home | None:
    """The folder of an app: its own, that of its chart after a release's name, or that of the whole it is part of.

    Helm's charts call what they make `<release>-<chart>` and `<chart>-<component>`. Of the first kind only names of
    releases that the incident itself bears are taken off: `orders` in front of `redis` may be another app.

    Returns:
        None where there is none, or two that could be meant.
    """
    return home_among(app, {file.owner for file in files}, releases)


def home_among(app: str, owners: AbstractSet[str], releases: Sequence[str]) -> Home | None:
    """The same among names of any kind: folders, or releases and charts that objects speak of."""
    if app in owners:
        return Home(app)
    app = REVISION.sub("", app)
    short = [app.removeprefix(f"{release}-") for release in releases if app.startswith(f"{release}-")]
    exact = {name for name in short if name in owners}
    parts = {Home(owner, rest) for name in (app, *short) for owner in owners if (rest := _rest(name, owner))}
    operated = OPERATED.fullmatch(app)
    parts |= {Home(owner, operated["kind"]) for owner in owners if operated and _ends(operated["own"], owner)}
    longest = max((len(part.owner) for part in parts), default=0)
    parts = {part for part in parts if len(part.owner) == longest}
    found = {*(Home(name) for name in exact), *parts}
    # A release that bears the chart's name is one folder, not two: `dagster-dagster-daemon`.
    is_one = len({home.owner for home in found}) == 1
    return min(found, key=lambda home: len(home.rest)) if is_one else None


def is_below(file: ValuesFile, namespace: str | None) -> bool:
    """Whether a file's folder is in one called like the namespace."""
    return namespace is not None and namespace in file.base.split("/")[:-1]


def namespace_home(app: str, files: Sequence[ValuesFile], namespace: str | None) -> Home | None:
    """The folder, in one called like the namespace, whose name stands within the app's: `mysql` of `shop-mysql-0`."""
    owners = {file.owner for file in files if is_below(file, namespace)}
    found: dict[Home, int] = {}
    for owner in owners:
        within = re.fullmatch(rf"(?P<release>.+)-{re.escape(owner)}(?:-(?P<rest>.+))?", app)
        if within:
            found[Home(owner, within["rest"] or "", within["release"])] = len(owner)
    longest = [home for home, size in found.items() if size == max(found.values())]
    return longest[0] if len(longest) == 1 else None


def release_home(app: str, files: Sequence[ValuesFile], releases: Sequence[str], namespace: str | None) -> Home | None:
    """The folder called like the release that the incident's labels name, of an app that has none.

    A namespace's name is no release's: `legacy-shop` in the namespace `shop` need not be of the folder `shop`.
    """
    found = {file.owner for file in files} & set(labelled(releases, namespace))
    return Home(found.pop(), app) if len(found) == 1 else None


def labelled(releases: Sequence[str], namespace: str | None) -> tuple[str, ...]:
    """Of what may stand in front of a name the releases that labels say."""
    words = {word for group in ENVIRONMENTS for word in group}
    return tuple(name for name in releases if name != namespace and name not in words)


def releases_of(namespace: str | None, labels: Mapping[str, str]) -> tuple[str, ...]:
    """What may stand in front of the chart's name in the names of this incident's objects."""
    named = [labels[label] for label in (*RELEASE_LABELS, *WHOLE_LABELS) if labels.get(label)]
    words = [word for group in ENVIRONMENTS for word in sorted(group)]
    return tuple(dict.fromkeys([*named, *([namespace] if namespace else []), *words]))


def environment_of(namespace: str | None, labels: Mapping[str, str]) -> frozenset[str]:
    """Every word by which this incident may name its environment."""
    said = [namespace or "", *(labels.get(label, "") for label in ENVIRONMENT_LABELS)]
    return frozenset(word for text in said for word in (text.lower(), *re.split(r"[-_./]", text.lower())) if word)


def applies(tag: str, words: frozenset[str]) -> bool | None:
    """Whether a layer is part of the incident's environment; None where nothing tells."""
    if not tag or tag.lower() in words:
        return True
    mine, theirs = _environments(words), _environments(frozenset(re.split(r"[-_./]", tag.lower())))
    if not mine or not theirs:
        return None
    # `prod-eu` in an incident that says only `prod`: it may be `prod-us`.
    is_whole = theirs == _environments(frozenset({tag.lower()}))
    return (is_whole or None) if mine & theirs else False


def _environments(words: frozenset[str]) -> set[int]:
    return {n for n, group in enumerate(ENVIRONMENTS) if group & words}


def _described(path: str) -> ValuesFile | None:
    folders, _, name = path.rpartition("/")
    stem, dot, ending = name.rpartition(".")
    if not folders.startswith(VALUES_DIR) or not dot or ending not in ("yaml", "yml") or name.lower() in NOT_VALUES:
        return None
    if path in (f"{VALUES_DIR}/apps.yaml", f"{VALUES_DIR}/policy.yaml"):
        return None
    parts = folders.split("/")[1:]
    tags = [part for part in parts if _environments(frozenset({part.lower()}))]
    owners = [part for part in parts if part not in tags]
    while len(owners) > 1 and owners[-1].lower() in EVERYWHERE | BETWEEN:
        owners.pop()
    named = _VALUES.fullmatch(stem)
    words = [word for word in (named["before"], named["after"]) if word] if named else [stem]
    if owners:
        words = [word for word in words if word.lower() not in EVERYWHERE]
    is_values = named is not None
    if not owners:
        # `helm-values/grafana.yaml`, `helm-values/grafana-values.yaml`
        owner, words = (words[0], words[1:]) if words else ("", [])
        return ValuesFile(path, owner, "/".join(["", owner]), "-".join([*tags, *words]), True) if owner else None
    if words == [owners[-1]]:
        words, is_values = [], True
    elif words and words[0] == owners[-1]:
        words = words[1:]
    if named is None and (stem.lower() in EVERYWHERE or _environments(frozenset({stem.lower()}))):
        is_values = True
    tag = "-".join([*tags, *words]) if is_values else "-".join(tags)
    return ValuesFile(path, owners[-1], "/".join(owners), tag, is_values)


def _rest(name: str, owner: str) -> str:
    """What a name says behind the owner's, however that is spelt: `server` of `argocd-server` in `argo-cd`."""
    fronts = (owner, owner.replace("-", "")) if owner else ()
    return next((name[len(front) + 1 :] for front in fronts if name.startswith(f"{front}-")), "")


def _ends(name: str, owner: str) -> bool:
    return bool(owner) and (name == owner or name.endswith(f"-{owner}"))


def _is_near(file: ValuesFile, app: str) -> bool:
    return bool(set(re.split(r"[-_./]", file.path.lower())) & set(re.split(r"[-_./]", app.lower())))
