"""The manifests are what Kubernetes takes, and fit the program."""

import shutil
import subprocess
from pathlib import Path
from typing import Any

import kubernetes_validate
import pytest
import yaml

from api.auth import OPEN_PATHS
from langraph.config.settings import Settings
from tests.support.doc_blocks import ROOT

K8S = ROOT / "k8s"
VERSIONS = ("1.27", "1.33")  # the oldest that clusters still run, and a present one
SECRET = K8S / "secret.example.yaml"

Manifest = dict[str, Any]


def _kustomization() -> Manifest:
    return dict(yaml.safe_load((K8S / "kustomization.yaml").read_text()))


def _objects() -> list[Manifest]:
    """Every object of the folder, as it is written."""
    files = [K8S / name for name in _kustomization()["resources"]]
    return [one for file in (*files, SECRET) for one in yaml.safe_load_all(file.read_text())]


def _one(kind: str) -> Manifest:
    (found,) = [one for one in _objects() if one["kind"] == kind]
    return found


def _container() -> Manifest:
    (container,) = _one("Deployment")["spec"]["template"]["spec"]["containers"]
    return dict(container)


def _settings() -> dict[str, str]:
    """Settings of the config map and of the example secret."""
    lines = (K8S / "settings.env").read_text().splitlines()
    plain = dict(line.split("=", 1) for line in lines if line and not line.startswith("#"))
    return {**plain, **_one("Secret")["stringData"]}


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize("manifest", _objects(), ids=lambda one: str(one["kind"]))
def test_kubernetes_takes_every_object(manifest: Manifest, version: str) -> None:
    kubernetes_validate.validate(manifest, version, strict=True)


def test_an_object_that_kubernetes_would_refuse_is_noticed() -> None:
    wrong = {**_one("Service"), "spec": {"prots": []}}
    with pytest.raises(kubernetes_validate.ValidationError):
        kubernetes_validate.validate(wrong, VERSIONS[0], strict=True)


def test_every_file_of_the_folder_is_used() -> None:
    used = {*_kustomization()["resources"], "kustomization.yaml", "settings.env", SECRET.name}
    assert {file.name for file in K8S.iterdir()} == used


def test_kustomize_builds_it(tmp_path: Path) -> None:
    if shutil.which("kubectl") is None:
        pytest.skip("kubectl is not installed, so the kustomization was not built")
    done = subprocess.run(["kubectl", "kustomize", str(K8S)], capture_output=True, text=True, cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    built = list(yaml.safe_load_all(done.stdout))
    for one in built:
        kubernetes_validate.validate(one, VERSIONS[-1], strict=True)
    (deployment,) = [one for one in built if one["kind"] == "Deployment"]
    (container,) = deployment["spec"]["template"]["spec"]["containers"]
    assert container["image"].startswith("langraph:")
    (settings,) = [one for one in built if one["kind"] == "ConfigMap"]
    assert container["envFrom"][0]["configMapRef"]["name"] == settings["metadata"]["name"]


def test_every_setting_exists_and_is_taken(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.chdir(tmp_path)
    settings = {name.lower(): value for name, value in _settings().items()}
    assert set(settings) <= set(Settings.model_fields)
    taken = Settings(**settings)
    assert taken.listen_host == "0.0.0.0"  # reachable in the pod, because there are keys
    assert not taken.is_unconfigured


def test_secrets_are_in_the_secret_and_nowhere_else() -> None:
    plain = (K8S / "settings.env").read_text()
    assert set(_one("Secret")["stringData"]) == {"API_KEYS", "GIT_REPO_PATH"}
    for name in ("API_KEYS", "TOKEN", "PASSWORD", "GIT_REPO_PATH"):
        assert name not in plain
    assert SECRET.name not in _kustomization()["resources"]


def test_ports_and_probes_fit_the_program() -> None:
    container = _container()
    (port,) = container["ports"]
    assert str(port["containerPort"]) == _settings()["API_PORT"]
    assert _one("Service")["spec"]["ports"][0]["targetPort"] == port["name"]
    assert _one("NetworkPolicy")["spec"]["ingress"][0]["ports"][0]["port"] == port["name"]
    probes = {name: container[name]["httpGet"] for name in ("startupProbe", "livenessProbe", "readinessProbe")}
    assert {probe["port"] for probe in probes.values()} == {port["name"]}
    assert {probe["path"] for probe in probes.values()} <= OPEN_PATHS  # a kubelet has no key
    assert probes["livenessProbe"]["path"] == "/health"  # restarting us would not bring Loki back


def test_there_is_never_a_second_writer() -> None:
    spec = _one("Deployment")["spec"]
    assert (spec["replicas"], spec["strategy"]["type"]) == (1, "Recreate")


def test_the_pod_has_no_right_that_it_does_not_need() -> None:
    pod = _one("Deployment")["spec"]["template"]["spec"]
    assert pod["automountServiceAccountToken"] is False
    assert _one("ServiceAccount")["automountServiceAccountToken"] is False
    assert pod["securityContext"]["runAsNonRoot"] is True
    assert pod["securityContext"]["runAsUser"] > 0
    assert pod["securityContext"]["seccompProfile"] == {"type": "RuntimeDefault"}
    container = _container()["securityContext"]
    assert container["readOnlyRootFilesystem"] is True
    assert container["allowPrivilegeEscalation"] is False
    assert container["capabilities"] == {"drop": ["ALL"]}


def test_everything_it_writes_is_on_a_volume() -> None:
    mounts = {mount["mountPath"]: mount["name"] for mount in _container()["volumeMounts"]}
    volumes = {volume["name"]: volume for volume in _one("Deployment")["spec"]["template"]["spec"]["volumes"]}
    assert set(mounts.values()) == set(volumes)
    claim = volumes[mounts["/var/lib/langraph"]]["persistentVolumeClaim"]["claimName"]
    assert claim == _one("PersistentVolumeClaim")["metadata"]["name"]
    assert _settings()["STATE_DIR"].startswith("/var/lib/langraph/")
    assert "emptyDir" in volumes[mounts["/tmp"]]


def test_the_policy_lets_it_reach_what_the_settings_name() -> None:
    allowed = [
        peer["namespaceSelector"]["matchLabels"]["kubernetes.io/metadata.name"]
        for rule in _one("NetworkPolicy")["spec"]["egress"]
        for peer in rule.get("to", ())
    ]
    for name in ("LOKI_URL", "PROMETHEUS_URL", "ALERTMANAGER_URL"):
        assert _settings()[name].split("/")[2].split(":")[0].split(".")[1] in allowed
