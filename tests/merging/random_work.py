"""What people do on an installation, drawn at random; what is refused changes nothing."""

from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from types import MappingProxyType

from sqlmodel import Session, col, select

from digitizer.domain.form import FormSpec
from digitizer.domain.policy import Policy
from digitizer.domain.tally import Tally
from digitizer.domain.verification import Confirmed, Verification, verify
from digitizer.errors import DigitizerError
from digitizer.jobs import keep_placed, reassign
from digitizer.jobs.settling import settle_photo
from digitizer.store.corrections import save_correction
from digitizer.store.escalations import escalate
from digitizer.store.glyph_marks import GlyphMark, save_marks
from digitizer.store.readings import reading_of, save_reading
from digitizer.store.remarks import save_remark
from digitizer.store.sheets import sheet
from digitizer.store.tables import ReadingRow, UploadRow, VerificationRow
from digitizer.store.verifications import latest_version, lock_pending, save_verification
from digitizer.store.withdrawals import withdraw
from tests.domain.build import voters
from tests.facts import png
from tests.merging.conftest import Node
from tests.store.build import (
    CONTESTS,
    COPY,
    FORM,
    NOW,
    STATIONS,
    numbers,
    person,
    send,
    written,
)

OTHER_FORM = CONTESTS[1].form_ids[0]
VOTERS = voters("100", "100", "200", "205")
CODES = [station.code for station in STATIONS[:3]]
KINDS = ("send", "copy", "verify", "verify", "verify", "verify_copy", "settle", "settle_copy",
         "withdraw", "escalate", "correct",
         "assign", "assign", "assign", "mark", "remark", "place", "place")  # fmt: skip


@dataclass
class Desk:
    """The people of one node and its clock, which need not be right."""

    node: Node
    skew: int
    people: dict[str, str] = field(default_factory=dict)
    given: list[str] = field(default_factory=list)

    def open(self) -> None:
        with self.node.writing() as session:
            for role in ("witness", "reviewer", "reviewer", "reviewer", "supervisor"):
                name = f"{role}{len(self.people)}"
                self.people[name] = person(session, name, role)
            session.commit()

    def do(self, kind: str, place: int, choice: int, minute: int) -> None:
        """One thing that somebody does, or tries to."""
        now = NOW + timedelta(minutes=minute + self.skew)
        with self.node.writing() as session:
            try:
                getattr(self, f"_{kind}")(session, CODES[place % 3], choice, now)
            except DigitizerError:
                session.rollback()
                return
            session.commit()

    @property
    def sender(self) -> str:
        return self.people["witness0"]

    def _reviewer(self, choice: int) -> str:
        return self.people[f"reviewer{choice % 3 + 1}"]

    def _copy(self, session: Session, tps: str, choice: int, now: datetime) -> None:
        self._send(session, tps, choice, now, COPY)

    def _send(
        self, session: Session, tps: str, choice: int, now: datetime, form: FormSpec = FORM
    ) -> None:
        # Few pictures, so that two nodes are sent the same one.
        data = png(40, 30, 10 + choice % 4 + 10 * (form is COPY))
        contest = "gub" if choice > 3 else None
        receipt = send(session, self.node.photos, data, self.sender, tps, contest=contest, now=now)
        if choice % 5 == 4:
            # It waits for its worker, who need not read what was read before.
            if reading_of(session, receipt.photo) is not None:
                settle_photo(session, receipt.photo, now, Policy())
            return
        reading = replace(numbers(100 + choice % 4), photo=receipt.photo, form=form.id)
        blobs = {"public": self.node.photos.put(png(20, 10, choice % 4))}
        save_reading(session, receipt.photo, reading, None, blobs, 0.5, now)
        settle_photo(session, receipt.photo, now, Policy())

    def _verify_copy(self, session: Session, tps: str, choice: int, now: datetime) -> None:
        self._verify(session, tps, choice, now, form=COPY)

    def _verify(
        self, session: Session, tps: str, choice: int, now: datetime, reviewer: str | None = None,
        form: FormSpec = FORM,
    ) -> None:  # fmt: skip
        shown = sheet(session, "gub", tps, form.id)
        if shown is None:
            return
        _, waiting, others = lock_pending(session, "gub", tps, form.id)
        fields = {name: Confirmed(boxes, None, note="catatan" if choice == 7 else "")
                  for name, boxes in written(120 + choice % 2).items()}  # fmt: skip
        disputed = shown.state == "disputed" and reviewer is not None
        item = Verification(
            f"{self.node.name}-{len(self.given)}", shown.readings, shown.photos,
            reviewer or self._reviewer(choice), now, MappingProxyType(fields),
            settles=tuple(known.id for known in (*waiting, *others.all)) if disputed else (),
        )  # fmt: skip
        version = latest_version(session, "gub", tps)
        outcome = verify(
            form, (*waiting, item), pages=(2,), tps=tps, contest="gub", version=version + 1,
            readers=1 + choice // 3 % 2, others=others,
        )  # fmt: skip
        save_verification(
            session, item, "gub", tps, form.id, outcome, now, expected_version=version
        )
        self.given.append(item.id)
        assert not disputed or isinstance(outcome, Tally)

    def _settle(self, session: Session, tps: str, choice: int, now: datetime) -> None:
        self._verify(session, tps, choice, now, self.people["supervisor4"])

    def _settle_copy(self, session: Session, tps: str, choice: int, now: datetime) -> None:
        self._verify(session, tps, choice, now, self.people["supervisor4"], COPY)

    def _withdraw(self, session: Session, _tps: str, choice: int, _now: datetime) -> None:
        if self.given:
            row = session.get_one(VerificationRow, self.given[-1])
            withdraw(session, row.id, account=row.reviewer, now=row.at + timedelta(seconds=choice))

    def _escalate(self, session: Session, tps: str, choice: int, now: datetime) -> None:
        version = latest_version(session, "gub", tps)
        escalate(
            session, "gub", tps, FORM.id, account=self._reviewer(choice), reason="tidak jelas",
            now=now, expected_version=version,
        )  # fmt: skip

    def _correct(self, session: Session, tps: str, choice: int, now: datetime) -> None:
        save_correction(
            session, self.node.photos, "gub", tps, "kecamatan", {"paslon_1": 130 + choice},
            document=png(30, 30, 70 + choice % 2), reason="menurut D.HASIL",
            account=self.people["supervisor4"], now=now, expected_version=choice % 2,
        )  # fmt: skip

    def _assign(self, session: Session, tps: str, choice: int, now: datetime) -> None:
        rows = session.exec(select(UploadRow).order_by(col(UploadRow.id))).all()
        if rows:
            sent = rows[choice % len(rows)]
            reassign(
                session, sent.id, tps=tps, contest=None, account=self._reviewer(choice), now=now,
                policy=Policy(), supervises=True)  # fmt: skip

    def _place(self, session: Session, _: str, choice: int, now: datetime) -> None:
        """Somebody says that a photo shows another page, another form, or the same page better."""
        known = select(ReadingRow).where(col(ReadingRow.form).is_not(None))
        rows = session.exec(known.order_by(col(ReadingRow.id))).all()
        if rows:
            photo = rows[choice % len(rows)].photo
            shown = (numbers(110 + choice), VOTERS, replace(numbers(), form=OTHER_FORM))[choice % 3]
            reading = replace(shown, photo=photo, model=f"tangan-{choice}", identity="person")
            keep_placed(
                session, reading, {"public": self.node.photos.put(png(20, 10, 50 + choice))}, now,
                account=self._reviewer(choice), policy=Policy(), supervises=True)  # fmt: skip

    def _mark(self, session: Session, _: str, choice: int, now: datetime) -> None:
        row = session.exec(select(ReadingRow).order_by(col(ReadingRow.id))).first()
        if row is not None:
            mark = GlyphMark(row.id, "paslon_1", 0, str(choice))
            save_marks(session, [mark], account=self._reviewer(choice), now=now)
            settle_photo(session, row.photo, now, Policy())  # as the application does

    def _remark(self, session: Session, _: str, choice: int, now: datetime) -> None:
        mine = select(UploadRow).where(col(UploadRow.account) == self.sender)
        row = session.exec(mine.order_by(col(UploadRow.id))).first()
        read = None if row is None else reading_of(session, row.photo)
        if row is not None and read is not None:
            save_remark(
                session, row.id, account=self.sender, reading=read.id, agrees=False,
                fields={"paslon_1": f"bukan {choice}"}, note="", now=now,
            )  # fmt: skip
            settle_photo(session, row.photo, now, Policy())  # as the application does
