"""The files of grown-up mode: linted, pinned, limited, and they name no setting that is none."""

import os
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
EXAMPLES = DEPLOY / "secrets.example"
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
    assert "deploy/secrets/" not in tracked
    examples = (*DEPLOY.rglob("*.example"), *EXAMPLES.iterdir())
    for path in (*(item for item in examples if item.is_file()), ROOT / "compose.yaml"):
        for value in re.findall(r"(?:PASSWORD|SECRET_ACCESS_KEY)[=:] *(\S+)", path.read_text()):
            assert "CHANGE-ME" in value, f"{path.name} holds a secret"


@pytest.mark.parametrize("name", SERVICES)
def test_a_container_gets_its_own_secrets_alone(name: str) -> None:
    of_bucket = {"MINIO_ROOT_USER", "MINIO_ROOT_PASSWORD"}
    others: dict[str, set[str]] = {
        "proxy": set(),
        "database": {"POSTGRES_PASSWORD"},
        "bucket": of_bucket,
        "bucket-made": of_bucket,
    }
    ours = {"DIGITIZER_DATABASE_URL", "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"}
    given: set[str] = set()
    if file := SERVICES[name].get("env_file"):
        example = (ROOT / file.replace("deploy/secrets/", "deploy/secrets.example/")).read_text()
        given = set(re.findall(r"^(\w+)=", example, re.MULTILINE))
    assert given == others.get(name, ours)


def test_a_backup_that_is_not_whole_is_tried_again_in_an_hour(tmp_path: Path) -> None:
    stubs = {
        "digitizer": 'echo "$@" >>"$TOLD"; exit 1',
        "sleep": 'echo "sleep $1" >>"$TOLD"; [ $(wc -l <"$TOLD") -lt 4 ] || kill $PPID',
    }
    for name, body in stubs.items():
        (tmp_path / name).write_text(f"#!/bin/sh\n{body}\n")
        (tmp_path / name).chmod(0o755)
    told = tmp_path / "told"
    done = subprocess.run(
        SERVICES["backup"]["command"], capture_output=True, text=True, check=False, timeout=20,
        env={"PATH": f"{tmp_path}:{os.environ['PATH']}", "TOLD": str(told)},
    )  # fmt: skip
    assert told.read_text().splitlines() == ["backup /backup", "sleep 3600"] * 2
    assert done.stderr == "backup: not whole, see above\n" * 2


def test_every_setting_that_a_file_names_exists() -> None:
    for path in (*DEPLOY.rglob("*.*"), ROOT / "compose.yaml", ROOT / "Dockerfile"):
        if path.is_file():
            named = set(re.findall(r"\bDIGITIZER_[A-Z_]+\b", path.read_text()))
            assert named <= NAMES, f"{path.name} sets {sorted(named - NAMES)}"


def test_what_a_unit_keeps_is_open_to_its_user_alone() -> None:
    for path in DEPLOY.glob("*.service"):
        lines = path.read_text().splitlines()
        assert any(line.startswith("StateDirectory=") for line in lines), path.name
        assert "StateDirectoryMode=0700" in lines, path.name


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
