"""Which app's values are in which file: the team's own list (`helm-values/apps.yaml`). Pure."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from fnmatch import fnmatchcase

from langraph.errors import BadInput
from langraph.strict_yaml import Fields, read_fields

TIERS = ("critical", "standard", "low")
"""How much an app matters, most first; shown to approvers."""


@dataclass(frozen=True, slots=True)
class App:
    """One entry of the catalogue."""

    name: str
    files: tuple[str, ...]
    """Paths in the repository in the order in which Helm gets them (`-f`): a later file wins over an earlier one."""
    namespace: str | None = None
    """None: any."""
    match: Mapping[str, str] = field(default_factory=dict)
    """Labels that all have to be there for an event to belong to this app."""
    tier: str = "standard"
    approvers: tuple[str, ...] | None = None
    """Who of the policy's approvers may decide for this app; None: each of them, empty: nobody."""
    containers: Mapping[str, str] = field(default_factory=dict)
    """Container name to the key below which its values are; an empty key is the top of the file.

    `<pod glob>/<container>` tells apart workloads whose containers share a name; the first entry that fits counts."""
    keys: Mapping[str, str] = field(default_factory=dict)
    """What this chart calls a value that others call otherwise: `database.pool.maxSize: db.poolSize`."""

    def section_of(self, container: str | None, pod: str | None) -> str | None:
        """The key of a container's values; None when the entry does not say, or only for pods we cannot tell."""
        if container is None:
            container = next(iter(self.containers)) if len(self.containers) == 1 else self.name
        for written, key in self.containers.items():
            glob, slash, name = written.rpartition("/")
            if name != container:
                continue
            if not slash:
                return key
            if pod is None:
                return None
            if fnmatchcase(pod, glob):
                return key
        return None


@dataclass(frozen=True, slots=True)
class Catalogue:
    """All the apps that the team has written down. Empty is fine: then conventions are all we have."""

    apps: tuple[App, ...] = ()

    def knows(self, name: str) -> bool:
        """Whether any entry has this name, in whatever namespace."""
        return any(app.name == name for app in self.apps)

    def app(self, name: str, namespace: str | None = None) -> App | None:
        """The one entry of that name that fits the namespace; None when there is none, or more than one."""
        return _only([app for app in self.apps if app.name == name and _in(app, namespace)])

    def by_labels(self, labels: Mapping[str, str], namespace: str | None = None) -> App | None:
        """The entry whose `match` says most about these labels; None when none fits, or two fit equally well.

        Label names are compared as Loki and Prometheus write them: `app.kubernetes.io/name` equals
        `app_kubernetes_io_name`.
        """
        known = {_label(name): value for name, value in labels.items()}
        fitting = [app for app in self.apps if app.match and _in(app, namespace) and _matches(app, known)]
        most = max((len(app.match) for app in fitting), default=0)
        return _only([app for app in fitting if len(app.match) == most])

    def lookup(self, name: str | None, labels: Mapping[str, str], namespace: str | None = None) -> App | None:
        """By name where the catalogue knows the name, by labels otherwise."""
        if name is not None and self.knows(name):
            return self.app(name, namespace)
        return self.by_labels(labels, namespace)

    def approvers_of(self, files: Iterable[str]) -> tuple[str, ...] | None:
        """Who may decide about changes to these files; None: everybody whom the policy lists.

        Where several apps share a file, or a proposal several files, only people whom each of them lists.
        """
        touched = set(files)
        lists = [set(app.approvers) for app in self.apps if app.approvers is not None and touched & set(app.files)]
        return tuple(sorted(set.intersection(*lists))) if lists else None


def parse_catalogue(source: bytes, name: str = "apps.yaml") -> Catalogue:
    """Read the catalogue; an empty file is an empty catalogue.

    Raises:
        BadInput: names the entry, the field, and what to write.
    """
    top = read_fields(source, name).allow({"apps"})
    apps = top.each("apps", _app)
    seen: set[tuple[str, str | None]] = set()
    for app in apps:
        if (app.name, app.namespace) in seen:
            raise BadInput(f"{name}: the app `{app.name}` is listed twice; give each entry another `namespace`")
        seen.add((app.name, app.namespace))
    return Catalogue(apps)


def is_plain_path(path: str) -> bool:
    """Whether a path stays inside the repository and means one file only (no `..`, no backslash, not `.git`)."""
    parts = path.split("/")
    odd = re.search(r"[\\\x00-\x1f\x7f:*?\[\]]", path)
    return not odd and all(part not in ("", ".", "..") and part.lower() != ".git" for part in parts)


def _app(fields: Fields) -> App:
    fields.allow({"app", "files", "namespace", "match", "tier", "approvers", "containers", "keys"})
    app = App(
        name=fields.text("app"),
        files=fields.texts("files"),
        namespace=fields.text("namespace") if "namespace" in fields.data else None,
        match=fields.text_map("match"),
        tier=fields.text("tier", "standard"),
        approvers=fields.texts("approvers") if "approvers" in fields.data else None,
        containers=fields.text_map("containers"),
        keys=fields.text_map("keys"),
    )
    if not app.files:
        raise fields.wrong("files", "at least one path in the repository")
    if app.tier not in TIERS:
        raise fields.wrong("tier", f"one of: {', '.join(TIERS)}")
    if not all(is_plain_path(path) for path in app.files):
        raise fields.wrong("files", "paths below the repository's top, with forward slashes, without `..`")
    return app


def _in(app: App, namespace: str | None) -> bool:
    return app.namespace is None or namespace is None or app.namespace == namespace


def _matches(app: App, known: Mapping[str, str]) -> bool:
    return all(known.get(_label(name)) == value for name, value in app.match.items())


def _label(name: str) -> str:
    return re.sub(r"[^A-Za-z0-9_]", "_", name)


def _only(apps: list[App]) -> App | None:
    return apps[0] if len(apps) == 1 else None
