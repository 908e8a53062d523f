"""The files of grown-up mode: linted, pinned, limited, and they name no setting that is none."""

import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

from digitizer.settings import Settings
from tests.conftest import ROOT, require_tool

DEPLOY = ROOT / "deploy"
COMPOSE: dict[str, Any] = yaml.safe_load((ROOT / "compose.yaml").read_text())
SERVICES: dict[str, dict[str, Any]] = COMPOSE["services"]
NAMES = {f"DIGITIZER_{name.upper()}" for name in Settings.model_fields} | {"DIGITIZER_IMAGE"}


def test_the_dockerfile_is_clean() -> None:
    hadolint = Path(sys.executable).parent / "hadolint"
    done = subprocess.run(
        [hadolint, ROOT / "Dockerfile"], capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stdout) == (0, "")


def test_the_image_runs_without_rights_and_asks_a_route_that_exists() -> None:
    text = (ROOT / "Dockerfile").read_text()
    last = text[text.rindex("FROM ") :]
    assert "\nUSER 10001\n" in last
    (path,) = re.findall(r"urlopen\('http://127\.0\.0\.1:8000(/\w+)'", last)
    health = (ROOT / "digitizer" / "api" / "health.py").read_text()
    assert f'@router.get("{path}")' in health


def test_every_folder_that_is_written_is_made_in_the_image_for_its_user() -> None:
    """A volume over a folder that the image lacks is root's, and nothing here runs as root."""
    text = (ROOT / "Dockerfile").read_text()
    made = set(re.findall(r"(?:--home-dir|-m 700) (/\w+)", text))
    ours = [service for service in SERVICES.values() if "build" in service]
    laid = {volume.split(":")[1] for service in ours for volume in service.get("volumes", ())}
    assert laid == {"/data", "/backup"}
    assert laid <= made


@pytest.mark.parametrize("name", SERVICES)
def test_a_service_is_pinned_limited_watched_and_comes_back(name: str) -> None:
    service = SERVICES[name]
    assert re.search(r":[\w.-]*\d[\w.-]*\}?$", service["image"]), service["image"]
    assert service["restart"] == ("no" if name == "bucket-made" else "unless-stopped")
    assert service["mem_limit"]
    assert service["cpus"]
    watched_by_image = "build" in service and service["command"][:2] == ["digitizer", "serve"]
    assert watched_by_image or "healthcheck" in service


def test_only_the_proxy_is_reached_from_elsewhere() -> None:
    assert [name for name, service in SERVICES.items() if "ports" in service] == ["proxy"]


def test_no_secret_is_in_the_repository() -> None:
    tracked = subprocess.run(
        ["git", "ls-files", "deploy"], cwd=ROOT, capture_output=True, text=True, check=False
    ).stdout
    assert "deploy/secrets.env\n" not in tracked
    for path in (*DEPLOY.rglob("*.example"), ROOT / "compose.yaml"):
        for value in re.findall(r"(?:PASSWORD|SECRET_ACCESS_KEY)[=:] *(\S+)", path.read_text()):
            assert "CHANGE-ME" in value, f"{path.name} holds a secret"


def test_every_setting_that_a_file_names_exists() -> None:
    for path in (*DEPLOY.rglob("*.*"), ROOT / "compose.yaml", ROOT / "Dockerfile"):
        if path.is_file():
            named = set(re.findall(r"\bDIGITIZER_[A-Z_]+\b", path.read_text()))
            assert named <= NAMES, f"{path.name} sets {sorted(named - NAMES)}"


def test_every_command_that_a_file_starts_exists() -> None:
    units = "".join(path.read_text() for path in DEPLOY.glob("*.service"))
    started = set(re.findall(r"ExecStart=/opt/digitizer/bin/digitizer (\w+)", units))
    started |= {
        service["command"][1]
        for service in SERVICES.values()
        if service.get("command", [""])[0] == "digitizer"
    }
    assert started == {"serve", "work"}
    help_text = subprocess.run(
        [sys.executable, "-m", "digitizer", "--help"], capture_output=True, text=True, check=True
    ).stdout
    assert all(re.search(rf"\b{name}\b", help_text) for name in started)


@pytest.mark.parametrize("upstream", ["upstream-here.conf", "upstream-compose.conf"])
def test_the_proxy_accepts_its_files(upstream: str, tmp_path: Path) -> None:
    nginx, openssl = require_tool("nginx"), require_tool("openssl")
    key, certificate = tmp_path / "privkey.pem", tmp_path / "fullchain.pem"
    subprocess.run(
        [openssl, "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-subj", "/CN=uji",
         "-keyout", key, "-out", certificate],
        check=True, capture_output=True,
    )  # fmt: skip
    server = (DEPLOY / "nginx" / "digitizer.conf").read_text()
    server = server.replace("/etc/ssl/digitizer", str(tmp_path))
    # Names of services are known to compose alone.
    addresses = re.sub(r"web-\d", "127.0.0.1", (DEPLOY / "nginx" / upstream).read_text())
    whole = tmp_path / "nginx.conf"
    whole.write_text(
        f"pid {tmp_path}/pid;\nerror_log {tmp_path}/log;\nevents {{}}\n"
        f"http {{\n{addresses}\n{server}\n}}\n"
    )
    done = subprocess.run(
        [nginx, "-t", "-c", whole, "-p", tmp_path], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
