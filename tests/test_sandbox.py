"""A photo may kill the child that reads it, and nothing else."""

import io
import json
import math
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from benchmarks.process_memory import children_of
from digitizer.domain.outcome import PhotoOutcome
from digitizer.domain.placement import Corners, Placement
from digitizer.domain.verdict import Unreadable
from digitizer.errors import SandboxError
from digitizer.forms import know_forms, load_forms
from digitizer.forms.load import shipped_text
from digitizer.pipeline import atlas_of, digest_photo
from digitizer.sandbox import Sandbox, frames
from digitizer.sandbox.child import NICENESS
from digitizer.sandbox.frames import (
    MAX_FRAME,
    BrokenFrame,
    read_frame,
    read_outcome,
    write_frame,
    write_outcome,
)
from digitizer.vision.digits import GlyphReader
from tests.facts import KWK
from tests.jobs.stand_in import PROGRAM, outcome

ROOT = Path(__file__).resolve().parent.parent


@pytest.fixture(scope="module")
def sandbox() -> Iterator[Sandbox]:
    with Sandbox(memory_mib=1200, seconds=2, patience=1, program=PROGRAM) as opened:
        yield opened


def problem(sandbox: Sandbox, data: bytes) -> Unreadable:
    found = sandbox.digest(data)
    assert found.reading is None
    assert found.problem is not None
    return found.problem


def seen(sandbox: Sandbox) -> dict[str, object]:
    found = json.loads(problem(sandbox, b"look:").message)
    assert isinstance(found, dict)
    return found


def test_a_child_stays_warm(sandbox: Sandbox) -> None:
    assert problem(sandbox, b"a").message == "stand-in"
    assert seen(sandbox)["pid"] == seen(sandbox)["pid"]


def test_a_child_knows_no_setting_and_no_secret(
    monkeypatch: pytest.MonkeyPatch, sandbox: Sandbox
) -> None:
    monkeypatch.setenv("DIGITIZER_DATABASE_URL", "postgresql://someone:secret@host/votes")
    with Sandbox(program=PROGRAM) as fresh:
        names = seen(fresh)["env"]
    assert isinstance(names, list)
    assert set(names) <= {
        "PATH", "LANG", "LC_CTYPE", "TZ", "PYTHONPATH", "OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS",
        "MALLOC_ARENA_MAX", "ORT_DISABLE_TELEMETRY",
        "LD_LIBRARY_PATH",  # set by OpenCV in its own process
    }  # fmt: skip


@pytest.mark.parametrize(
    ("data", "code", "message"),
    [
        (b"crash:", "not_an_image", "the reader ended 3 times on this file (status -11)"),
        (b"bug:x", "not_an_image", "the reader ended 3 times on this file (status 1)"),
        (b"lie:", "not_an_image", "the reader ended 3 times on this file (status 0)"),
        (b"sleep:60", "too_large", "reading took longer than 2 s"),
        (b"spin:", "too_large", "reading took longer than 2 s"),
        (b"memory:", "too_large", "reading needed more than 1200 MiB of memory"),
    ],
)
def test_a_photo_that_costs_three_children_is_unreadable_and_the_next_is_read(
    sandbox: Sandbox, data: bytes, code: str, message: str
) -> None:
    found = problem(sandbox, data)
    assert (found.problem, found.message) == (code, message)
    assert problem(sandbox, b"next").message == "stand-in"


def test_a_photo_may_wait_for_a_busy_machine() -> None:
    with Sandbox(seconds=1, patience=20, program=PROGRAM) as busy:
        assert problem(busy, b"sleep:1.5").message == "stand-in"
        assert problem(busy, b"spin:").message == "reading took longer than 1 s"


def test_one_lost_child_is_forgiven(sandbox: Sandbox, tmp_path: Path) -> None:
    assert problem(sandbox, b"once:" + os.fsencode(tmp_path / "was-here")).message == "second try"


def test_what_a_library_prints_does_not_fall_between_frames(sandbox: Sandbox) -> None:
    assert problem(sandbox, b"print:").message == "stand-in"


def test_children_killed_while_idle_are_replaced(sandbox: Sandbox) -> None:
    pid = seen(sandbox)["pid"]
    assert isinstance(pid, int)
    os.kill(pid, 9)
    time.sleep(0.1)
    assert problem(sandbox, b"after").message == "stand-in"


def test_a_child_knows_the_forms_of_its_installation_and_those_that_come(
    sandbox: Sandbox,
) -> None:
    first = seen(sandbox)
    assert (first["forms"], seen(sandbox)["pid"]) == ([], first["pid"])
    text = shipped_text(KWK).replace(f'id = "{KWK}"', 'id = "c-hasil-desa"', 1)
    know_forms({"c-hasil-desa": text})
    second = seen(sandbox)
    assert (second["forms"], seen(sandbox)["pid"]) == (["c-hasil-desa"], second["pid"])
    assert second["pid"] != first["pid"]


def test_two_threads_have_two_children() -> None:
    with Sandbox(workers=2, program=PROGRAM) as two, ThreadPoolExecutor(4) as pool:
        found = list(pool.map(two.digest, [b"sleep:0.2"] * 4 + [b"x"] * 12))
    assert all(item.problem is not None for item in found)


def test_no_child_outlives_the_sandbox() -> None:
    with Sandbox(program=PROGRAM) as short:
        pid = seen(short)["pid"]
    assert isinstance(pid, int)
    with pytest.raises(ProcessLookupError):
        os.kill(pid, 0)


HOLDER = """
import sys
from digitizer.sandbox import Sandbox, frames
from tests.jobs.stand_in import PROGRAM
with Sandbox(program=PROGRAM) as sandbox:
    print(sandbox.digest(b"look:").problem.message, flush=True)
    sys.stdin.read()
"""


def test_no_child_outlives_a_killed_worker() -> None:
    command = (sys.executable, "-c", HOLDER)
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, cwd=ROOT
    ) as worker:
        assert worker.stdout is not None
        pid = json.loads(worker.stdout.readline())["pid"]
        worker.kill()
    end = time.monotonic() + 20
    while Path(f"/proc/{pid}/cmdline").exists() and time.monotonic() < end:
        if Path(f"/proc/{pid}/stat").read_text().split()[2] == "Z":
            break  # dead, and nobody here is there to bury it
        time.sleep(0.05)
    assert time.monotonic() < end


def test_a_reader_that_cannot_start_is_no_fact_about_a_photo() -> None:
    with (
        Sandbox(program=("-c", "raise SystemExit(3)")) as broken,
        pytest.raises(SandboxError, match=r"did not start \(status 3\)"),
    ):
        broken.digest(b"innocent")


def test_the_real_child_reads_like_the_pipeline() -> None:
    data = (ROOT / "samples/photos/6411032001001-hal2.jpg").read_bytes()
    with Sandbox() as real:
        found = real.digest(data)
        refused = real.digest(b"")
    assert found == digest_photo(data, atlas_of(load_forms()), GlyphReader.load())
    assert found.reading is not None
    assert refused.problem is not None
    assert refused.problem.problem == "not_an_image"


def enlarged(megapixels: float) -> tuple[NDArray[np.uint8], NDArray[np.uint8]]:
    """A sample of three megapixels, and the same picture with so many."""
    small = cv2.imread(str(ROOT / "samples/photos/6411032001001-hal2.jpg"))
    assert small is not None
    times = math.sqrt(megapixels * 1e6 / (small.shape[0] * small.shape[1]))
    large = cv2.resize(small, None, fx=times, fy=times, interpolation=cv2.INTER_LINEAR)
    return np.asarray(small, np.uint8), np.asarray(large, np.uint8)


WHOLE_IN_MEMORY = (
    cv2.IMWRITE_JPEG_PROGRESSIVE, 1,
    cv2.IMWRITE_JPEG_SAMPLING_FACTOR, cv2.IMWRITE_JPEG_SAMPLING_FACTOR_444,
)  # fmt: skip
"""Of such a JPEG all coefficients are held until the last has come."""


@pytest.mark.parametrize(
    ("megapixels", "suffix", "how", "halved"),
    [
        (109.5, ".jpg", WHOLE_IN_MEMORY, True),
        (51.5, ".webp", (cv2.IMWRITE_WEBP_QUALITY, 70), False),
    ],
)
def test_the_largest_photos_that_are_accepted_are_read_within_the_memory_of_a_child(
    megapixels: float, suffix: str, how: tuple[int, ...], halved: bool
) -> None:
    small, large = enlarged(megapixels)
    with Sandbox() as real:
        few = real.digest(cv2.imencode(".jpg", small)[1].tobytes())
        many = real.digest(cv2.imencode(suffix, large, how)[1].tobytes())
    assert few.reading is not None
    assert many.reading is not None, many.problem
    fields = few.reading.fields
    assert {name: field.as_written for name, field in many.reading.fields.items()} == {
        name: field.as_written for name, field in fields.items()
    }
    # What is measured is measured in the photo as it is decoded.
    times = large.shape[1] / small.shape[1] / (2 if halved else 1)
    assert many.reading.quality.box_pixels == pytest.approx(
        times * few.reading.quality.box_pixels, rel=0.01
    )
    for name in ("public", "page", *(f"crop/{field}" for field in fields)):
        shown, known = (
            cv2.imdecode(np.frombuffer(item.blobs[name], np.uint8), cv2.IMREAD_GRAYSCALE)
            for item in (many, few)
        )
        assert known is not None
        assert shown is not None
        shown = cv2.resize(shown, known.shape[::-1], interpolation=cv2.INTER_AREA)
        assert np.corrcoef(shown.ravel(), known.ravel())[0, 1] > 0.95, name


def test_a_reader_yields_to_whatever_people_wait_for() -> None:
    before = set(children_of(os.getpid()))
    with Sandbox() as sandbox:
        problem(sandbox, b"no picture")
        (child,) = set(children_of(os.getpid())) - before
        assert os.getpriority(os.PRIO_PROCESS, child) == min(
            os.getpriority(os.PRIO_PROCESS, 0) + NICENESS, 19
        )


def test_an_outcome_crosses_the_pipe_unchanged() -> None:
    pipe = io.BytesIO()
    sent = outcome(b"photo", "m")
    write_outcome(pipe, sent)
    pipe.seek(0)
    assert read_outcome(pipe, sent.photo) == sent


@pytest.mark.parametrize(
    "answer",
    [
        b"not json",
        b"[]",
        b"{}",
        b'{"photo": "x", "reading": null, "problem": null, "blobs": []}',
        b'{"photo": "x", "reading": null, "problem": {"verdict": "clear"}, "blobs": []}',
        b'{"photo": "x", "reading": {}, "problem": null, "blobs": []}',
        b'{"photo": "y", "reading": null, "problem": null, "blobs": []}',
        b'{"reading": null, "problem": null, "blobs": []}',
        b'{"photo": ' + b"[" * 100_000,
    ],
    ids=lambda answer: answer[:60].decode(),
)
def test_any_other_answer_is_refused(answer: bytes) -> None:
    pipe = io.BytesIO()
    write_frame(pipe, answer)
    pipe.seek(0)
    with pytest.raises(BrokenFrame):
        read_outcome(pipe, "x")


def test_a_child_cannot_fill_the_memory_of_its_parent_with_pictures(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(frames, "MAX_PICTURE_BYTES", 1000)
    for size in (500, 501):
        pipe = io.BytesIO()
        sent = outcome(b"photo", "m")
        pictures = {"a": bytes(500), "b": bytes(size)}
        write_outcome(pipe, PhotoOutcome(sent.photo, None, sent.problem, pictures))
        pipe.seek(0)
        if size == 500:
            assert read_outcome(pipe, sent.photo).blobs == pictures
        else:
            with pytest.raises(BrokenFrame, match="1001 bytes of pictures"):
                read_outcome(pipe, sent.photo)


def test_frames_end_whole_or_are_broken() -> None:
    pipe = io.BytesIO()
    write_frame(pipe, b"whole")
    assert read_frame(io.BytesIO(pipe.getvalue())) == b"whole"
    assert read_frame(io.BytesIO()) is None
    for cut in range(1, len(pipe.getvalue())):
        with pytest.raises(BrokenFrame):
            read_frame(io.BytesIO(pipe.getvalue()[:cut]))
    with pytest.raises(BrokenFrame, match="at most"):
        read_frame(io.BytesIO((MAX_FRAME + 1).to_bytes(8, "big")))


def test_where_a_person_says_that_a_page_lies_reaches_the_reader() -> None:
    corners: Corners = ((0.1, 0.1), (0.9, 0.1), (0.9, 0.9), (0.1, 0.9))
    with Sandbox(program=PROGRAM) as sandbox:
        placed = sandbox.digest(b"x", Placement("form", 1, corners))
        plain = sandbox.digest(b"x")
    assert placed.problem is not None
    assert plain.problem is not None
    assert (placed.problem.message, plain.problem.message) == (f"at {corners}", "stand-in")
