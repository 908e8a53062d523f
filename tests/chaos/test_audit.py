"""The audit of `make chaos` sees what it is there to see: good stores are defaced one way each."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import pytest
import sqlalchemy as sql
from sqlalchemy import Engine

from digitizer.installation import open_installation
from digitizer.settings import Settings
from digitizer.store.accounts import add_account
from digitizer.store.election_file import read_election_file
from digitizer.store.elections import init_election
from digitizer.store.engine import write_session
from digitizer.store.photos import PhotoStore
from digitizer.store.receiving import receive
from tests.chaos.audit import Whole, audit
from tests.chaos.people import Ledger, photo
from tests.conftest import ROOT

TPS = "6411032001001"


@dataclass
class Office:
    """A store with one photo, and what its sender was told."""

    engine: Engine
    folder: Path
    ledger: Ledger
    sha256: str

    def audit(self, *, read: bool = False) -> None:
        photos = PhotoStore.open((self.folder / "photos").as_uri())
        audit(self.engine, Whole(photos), self.ledger, read=read)

    def execute(self, statement: str) -> None:
        with self.engine.begin() as connection:
            connection.execute(sql.text(statement))


@pytest.fixture
def office(tmp_path: Path) -> Iterator[Office]:
    settings = Settings(data_dir=tmp_path, database_url="", store_url="")
    opened = open_installation(settings)
    now = datetime.now(UTC)
    with write_session(opened.engine) as session:
        init_election(session, read_election_file(ROOT / "samples/election.toml"), "system", now)
        account = add_account(session, "saksi", "witness", "kata sandi percobaan", now=now)
        receipt = receive(
            session, opened.photos, photo(TPS, 1), account=account.id, tps=TPS, contest=None,
            file_name="foto.jpg", idempotency_key="k", now=now,
        )  # fmt: skip
        session.commit()
    ledger = Ledger(receipts={receipt.photo: receipt.upload_id})
    yield Office(opened.engine, tmp_path, ledger, receipt.photo)
    opened.engine.dispose()


def test_a_good_store_has_no_fault(office: Office) -> None:
    office.audit()


def test_a_receipt_without_its_upload_is_found(office: Office) -> None:
    office.ledger.receipts["0" * 64] = "hilang"
    with pytest.raises(AssertionError, match=r"receipt hilang of photo 0+ names"):
        office.audit()


@pytest.mark.parametrize("left", [b"", b"\xff\xd8 half"])
def test_a_photo_that_is_not_whole_is_found(office: Office, left: bytes) -> None:
    (path,) = office.folder.glob(f"photos/*/*/{office.sha256}")
    path.unlink()
    if left:
        path.write_bytes(left)
    with pytest.raises(AssertionError, match=f"photo {office.sha256} is not whole in the store"):
        office.audit()


def test_a_photo_that_was_never_read_is_found(office: Office) -> None:
    with pytest.raises(AssertionError, match="1 photos were never read"):
        office.audit(read=True)


@pytest.mark.untold  # a row is put in behind the back of the history
def test_a_photo_that_is_there_twice_is_found(office: Office) -> None:
    office.execute(
        "INSERT INTO upload (id, photo, account, contest, file_name, idempotency_key, at) "
        "SELECT 'kedua', photo, account, contest, file_name, 'lain', at FROM upload"
    )
    with pytest.raises(AssertionError, match="sent once, kept 2 times"):
        office.audit()


@pytest.mark.parametrize("kind", ["verification", "correction"])
def test_an_answer_that_was_given_and_is_not_there_is_found(office: Office, kind: str) -> None:
    getattr(office.ledger, f"{kind}s").append("hilang")
    with pytest.raises(AssertionError, match=f"{kind} hilang was taken and is not there"):
        office.audit()


def test_a_refusal_without_a_word_is_found(office: Office) -> None:
    office.ledger.refusals.append((500, ""))
    with pytest.raises(AssertionError, match="refused without a word: 500"):
        office.audit()


def test_a_file_that_left_unnoted_is_found(office: Office) -> None:
    office.ledger.downloads.append("0" * 64)
    with pytest.raises(AssertionError, match="a file left and nobody noted it"):
        office.audit()


@pytest.mark.untold  # a sum is changed behind the back of the history
def test_a_recap_that_is_no_recount_is_found(office: Office) -> None:
    office.execute("UPDATE recap_sum SET expected = expected + 1 WHERE wilayah = '64'")
    with pytest.raises(AssertionError, match="recap: "):
        office.audit()


@pytest.mark.untold  # the history is shortened
def test_a_history_without_its_last_event_is_found(office: Office) -> None:
    office.execute("DROP TRIGGER event_refuse_delete")
    office.execute("DELETE FROM event WHERE kind = 'upload_accepted'")
    with pytest.raises(AssertionError, match="the history tells 0 uploads, 1 are kept"):
        office.audit()
