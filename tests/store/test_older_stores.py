"""A store of one node, as it was before several could join, keeps every row when it is migrated."""

import json
from pathlib import Path
from uuid import uuid4

import pytest
import sqlalchemy as sql
from alembic import command
from alembic.config import Config
from sqlalchemy import Engine, text
from sqlalchemy.exc import IntegrityError
from sqlmodel import Session, select

from digitizer.store.comparisons import comparison_of
from digitizer.store.elections import get_contest
from digitizer.store.engine import migrate, open_engine, sqlite_url, write_session
from digitizer.store.likeness_tables import InkHashRow
from digitizer.store.recap_keeping import check_recap, ensure_recap
from digitizer.store.recaps import recap_of
from digitizer.store.reopening import ensure_counted
from digitizer.store.tables import NodeDisputeRow, SheetRow
from tests.databases import make_database

AT, LATER = "'2024-11-27 09:30:00'", "'2024-11-27 09:40:00'"

ROWS = (
    "INSERT INTO node (id, public_key, here, created_at) VALUES ('n', 'k', true, @now)",
    "INSERT INTO election VALUES ('uji', 'Uji', 'Asia/Makassar', true, @now)",
    "INSERT INTO contest (id, election, position, round, office, title, area, candidates) "
    "VALUES ('gub', 'uji', 0, 1, 'G', 'G', '64', '[]')",
    "INSERT INTO tps (code, name, desa, kecamatan, kabkota, provinsi) "
    "VALUES ('6411032001001', 'a', 'b', 'c', 'd', 'e')",
    "INSERT INTO account (id, username, role, label, password_hash, created_at) "
    "VALUES ('a', 'a', 'reviewer', '', '', @now)",
    "INSERT INTO photo VALUES ('p', 1, 'jpeg')",
    "INSERT INTO upload (id, photo, account, tps, file_name, at) "
    "VALUES ('u', 'p', 'a', '6411032001001', 'x', @now)",
    "INSERT INTO reading (id, photo, model, form_version, form, page, body, blobs, seconds, at) "
    "VALUES ('r', 'p', 'm', 'f@1', 'f', 2, '{\"a\": 1}', '{}', 0.5, @now)",
    "INSERT INTO glyph_mark (reading, field, box, glyph, account, at) "
    "VALUES ('r', 'paslon_1', 0, '?', 'a', @now)",
    "INSERT INTO remark (id, upload, reading, account, agrees, fields, note, at) "
    "VALUES ('m', 'u', 'r', 'a', true, '{}', '', @now)",
    "INSERT INTO verification (id, contest, tps, form, version, reviewer, outcome, body, at) "
    "VALUES ('v', 'gub', '6411032001001', 'f', 1, 'a', 'tally', '{}', @now)",
    "INSERT INTO tally (contest, tps, version, form, origin, body, made_at) "
    "VALUES ('gub', '6411032001001', 1, 'f', 'read', '{}', @now)",
    "INSERT INTO tally_value VALUES ('gub', '6411032001001', 1, 'paslon_1', 120)",
    "INSERT INTO correction (id, contest, tps, level, version, numbers, photo, reason, account, at)"
    " VALUES ('c', 'gub', '6411032001001', 'kecamatan', 1, '{}', 'p', 'x', 'a', @now)",
    "INSERT INTO correction_withdrawal VALUES ('c', 'a', 'y', @now)",
    "INSERT INTO official_import (id, contest, number, source, format, sha256, numbers_sha256, tps,"
    " unpublished, numbers, fields, not_compared, paslon, actor, at) "
    "VALUES ('i', 'gub', 1, 's', 'csv', '', '', 1, 0, 1, '[]', '{}', '{}', 'a', @now)",
    "INSERT INTO official_tps (official_import, tps, numbers) VALUES ('i', '6411032001001', '{}')",
    "INSERT INTO sample (id, contest, number, size, population, population_sha256, account, at) "
    "VALUES ('s', 'gub', 1, 1, 1, '', 'a', @now)",
)


MOVED = (
    "INSERT INTO tps (code, name, desa, kecamatan, kabkota, provinsi) "
    "VALUES ('6411032001002', 'a', 'b', 'c', 'd', 'e')",
    'UPDATE tally SET body = \'{"photos": ["p"], "verifications": ["u", "v"], '
    '"values": {"paslon_1": 120}, "as_written": {"paslon_1": "120"}}\'',
    "INSERT INTO assignment (upload, number, tps, account, at) "
    "VALUES ('u', 1, '6411032001002', 'a', @now)",
    "INSERT INTO assignment (upload, number, tps, account, at) VALUES ('u', 2, '@last', 'a', @now)",
)
"""The photo of the tally is moved away, and perhaps back."""

REREAD = (
    'UPDATE tally SET body = \'{"photos": ["p"], "verifications": ["v"]}\'',
    'UPDATE verification SET body = \'{"readings": ["r"], "settles": []}\'',
    "INSERT INTO reading (id, photo, model, form_version, form, page, body, blobs, seconds, at) "
    "VALUES ('s', 'p', 'm', 'g@1', '@form', @page, '{\"a\": 2}', '{}', 0.5, @later)",
    "INSERT INTO sheet (contest, tps, form, state, verdict, readings, photos, body, oldest_at, "
    "settled_at, policy) VALUES ('gub', '6411032001001', 'f', 'verified', '{}', '[\"r\"]', "
    "'[\"p\"]', '{}', @now, @now, 'k')",
)
"""The photo of the tally is read again, and its sheet stays as it was."""

READ_AGAIN = (
    REREAD[-1],
    "INSERT INTO ink_hash (number, reading, kind, ink_hash) VALUES (1, 'r', '1 f@1 2', 'ab')",
    "INSERT INTO reading (id, photo, model, form_version, form, page, body, blobs, seconds, at) "
    "VALUES ('s', 'p', 'm', 'f@2', 'f', 2, '{\"a\": 2}', '{}', 0.5, @later)",
    "INSERT INTO ink_hash (number, reading, kind, ink_hash) VALUES (2, 's', '1 f@2 2', 'ab')",
)
"""The photo is read again with the next file of its form, and is like itself alone."""


COMPARED = (
    "UPDATE official_import SET fields = '[\"paslon_1\"]'",
    "UPDATE official_tps SET numbers = '{\"paslon_1\": 120}'",
    "INSERT INTO comparison (contest, wilayah, parent, size, expected, equal, differing, "
    "incomplete, only_ours, only_theirs, unlisted, explained, numbers, outcome) VALUES "
    "('gub', '', NULL, 0, 1, 1, 0, 0, 0, 0, 0, 0, '{}', NULL), "
    "('gub', '6411032001001', '6411032001', 0, 1, 1, 0, 0, 0, 0, 0, 0, '{}', 'equal')",
)
"""Official results that say what the tally says, and the comparison of a release before."""


PAPERS = (
    "DELETE FROM tally_value",
    "DELETE FROM tally",
    "DELETE FROM verification",
    "INSERT INTO verification (id, contest, tps, form, version, reviewer, outcome, body, at) "
    "VALUES ('plano', 'gub', '6411032001001', 'f', 1, 'a', 'tally', '@first', @now)",
    "INSERT INTO verification (id, contest, tps, form, version, reviewer, outcome, body, at) "
    "VALUES ('copy', 'gub', '6411032001001', 'g', 2, 'a', 'tally', '@second', @now)",
    "INSERT INTO tally (contest, tps, version, form, origin, body, made_at) "
    "VALUES ('gub', '6411032001001', 1, 'f', 'read', '@one', @now)",
    "INSERT INTO tally (contest, tps, version, form, origin, body, made_at) "
    "VALUES ('gub', '6411032001001', 2, 'g', 'read', '@two', @now)",
    "INSERT INTO sheet (contest, tps, form, state, verdict, readings, photos, body, weight, "
    "oldest_at, settled_at, reasons, policy) "
    "VALUES ('gub', '6411032001001', 'f', 'verified', '{\"verdict\": \"clear\"}', '[]', '[]', "
    "'{}', 1, @now, @now, '', '')",
)
"""Both papers of a TPS were confirmed, and the last one stood alone."""


@pytest.fixture(params=["sqlite", "postgresql"])
def older(request: pytest.FixtureRequest, tmp_path: Path) -> Engine:
    """A database at the migration before several nodes."""
    url = sqlite_url(tmp_path)
    if request.param == "postgresql":
        server = request.getfixturevalue("postgres_url")
        name = f"test_{uuid4().hex}"
        url = make_database(server, name)
    engine = open_engine(url)
    config = Config()
    config.set_main_option("script_location", "digitizer.store:migrations")
    with engine.begin() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, "0011")
        for row in ROWS:
            connection.execute(text(row.replace("@now", AT)))
    return engine


@pytest.mark.untold
def test_every_row_stays_and_is_of_the_node(older: Engine) -> None:
    migrate(older)
    with older.begin() as connection:
        for table in ("tally", "verification", "sample"):
            assert connection.execute(
                sql.select(sql.column("node")).select_from(sql.table(table))
            ).scalars().all() == ["n"]
        for table in ("upload", "reading", "glyph_mark", "remark", "correction",
                      "correction_withdrawal", "official_import", "official_tps"):  # fmt: skip
            assert (
                connection.execute(
                    sql.select(sql.func.count()).select_from(sql.table(table))
                ).scalar()
                == 1
            ), table
        body = connection.execute(text("SELECT body FROM reading")).scalar()
        assert body in ('{"a": 1}', {"a": 1})
    migrate(older)
    older.dispose()


@pytest.mark.untold
@pytest.mark.parametrize("returned", [False, True])
def test_a_tally_whose_photo_was_moved_away_counts_no_longer(older: Engine, returned: bool) -> None:
    last = "6411032001001" if returned else "6411032001002"
    with older.begin() as connection:
        for row in MOVED:
            connection.execute(text(row.replace("@now", AT).replace("@last", last)))
    migrate(older)
    with Session(older) as session:
        found = session.exec(select(NodeDisputeRow)).all()
        kept = [(row.contest, row.tps, row.verifications) for row in found]
    assert kept == ([] if returned else [("gub", "6411032001001", ["v"])])
    older.dispose()


@pytest.mark.untold
@pytest.mark.parametrize("returned", [False, True])
def test_nor_is_it_compared_with_official_results(older: Engine, returned: bool) -> None:
    """The comparison is that of the facts once the store is opened, as the recap is."""
    last = "6411032001001" if returned else "6411032001002"
    with older.begin() as connection:
        for row in (*MOVED, *COMPARED):
            connection.execute(text(row.replace("@now", AT).replace("@last", last)))
    migrate(older)
    with write_session(older) as session:
        ensure_recap(session)
        found = comparison_of(session, get_contest(session, "gub"))
        assert (found.equal, found.only_theirs) == ((1, 0) if returned else (0, 1))
        assert recap_of(session, "gub").counted == found.equal
        assert check_recap(session) == ()
    older.dispose()


def _body(name: str, number: str) -> str:
    said = {"as_written": number, "shown": None, "blind": False, "touched": True, "note": ""}
    body = {
        "id": name, "readings": [], "photos": [], "reviewer": "a", "acknowledged": [],
        "at": "2024-11-27T09:30:00+00:00", "fields": {"paslon_1": said}, "seconds": 1.0,
        "origin": "read",
    }  # fmt: skip
    return json.dumps(body)


def _tally(name: str, number: str, value: int | None) -> str:
    return json.dumps({"values": {"paslon_1": value}, "as_written": {"paslon_1": number},
                       "verifications": [name], "photos": [], "checks": []})  # fmt: skip


@pytest.mark.untold
@pytest.mark.parametrize(
    ("number", "value", "disputed"), [("016", 16, 1), ("___", None, 1), ("061", 61, 0)]
)
def test_papers_that_contradict_each_other_are_disputed_from_now_on(
    older: Engine, number: str, value: int | None, disputed: int
) -> None:
    said = {"@first": _body("plano", "X61"), "@second": _body("copy", number),
            "@one": _tally("plano", "X61", 61), "@two": _tally("copy", number, value)}  # fmt: skip
    with older.begin() as connection:
        for row in PAPERS:
            for mark, text_ in said.items():
                row = row.replace(mark, text_)  # noqa: PLW2901
            connection.exec_driver_sql(row.replace("@now", AT))
    migrate(older)
    with write_session(older) as session:
        ensure_counted(session)
        found = session.exec(select(NodeDisputeRow)).all()
        assert [row.verifications for row in found] == [["copy", "plano"]] * disputed
        (sheet,) = session.exec(select(SheetRow)).all()
        assert sheet.state == ("disputed" if disputed else "verified")
        recap = recap_of(session, "gub")
        assert (recap.counted, recap.disputed) == (1 - disputed, disputed)
        session.commit()
    with write_session(older) as session:
        assert check_recap(session) == ()
    older.dispose()


@pytest.mark.untold
@pytest.mark.parametrize(("form", "page"), [("f", 2), ("f", 1), ("g", 2)])
def test_a_tally_whose_photo_was_read_as_another_page_counts_no_longer(
    older: Engine, form: str, page: int
) -> None:
    """And its sheet, of which a photo was read again, is settled again."""
    with older.begin() as connection:
        for row in REREAD:
            shown = row.replace("@form", form).replace("@page", str(page))
            connection.execute(text(shown.replace("@now", AT).replace("@later", LATER)))
    migrate(older)
    same = (form, page) == ("f", 2)
    with Session(older) as session:
        found = session.exec(select(NodeDisputeRow)).all()
        kept = [(row.contest, row.tps, row.verifications) for row in found]
        (left,) = session.exec(select(SheetRow)).all()
    assert kept == ([] if same else [("gub", "6411032001001", ["v"])])
    assert (left.state, left.policy) == ("verified" if same else "disputed", "")
    older.dispose()


@pytest.mark.untold
@pytest.mark.parametrize("again", [False, True])
def test_ink_is_compared_whichever_file_of_its_form_it_was_read_with(
    older: Engine, again: bool
) -> None:
    """And a form of which a photo was read again is settled again."""
    with older.begin() as connection:
        for row in READ_AGAIN if again else READ_AGAIN[:2]:
            connection.execute(text(row.replace("@now", AT).replace("@later", LATER)))
    migrate(older)
    with Session(older) as session:
        kinds = session.exec(select(InkHashRow.kind)).all()
        (left,) = session.exec(select(SheetRow)).all()
    assert (kinds, left.policy) == ((["1 f 2"] * 2, "") if again else (["1 f 2"], "k"))
    older.dispose()


@pytest.mark.untold
@pytest.mark.parametrize(
    ("state", "policy"), [("clear", ""), ("doubtful", ""), ("verified", "k"), ("disputed", "k")]
)
def test_what_nobody_verified_is_settled_again_without_limits(
    older: Engine, state: str, policy: str
) -> None:
    with older.begin() as connection:
        row = REREAD[-1].replace("'verified'", f"'{state}'").replace("@form", "f")
        connection.execute(text(row.replace("@now", AT)))
    migrate(older)
    with Session(older) as session:
        (left,) = session.exec(select(SheetRow)).all()
    assert (left.state, left.policy) == (state, policy)
    older.dispose()


@pytest.mark.untold
def test_a_photo_stands_once_for_each_contest_that_its_sender_names(older: Engine) -> None:
    migrate(older)
    named = "INSERT INTO upload (id, photo, account, tps, contest, file_name, at) VALUES "
    with older.begin() as connection:
        connection.execute(text(named + f"('w', 'p', 'a', '6411032001001', 'gub', 'x', {AT})"))
    for again in ("NULL", "'gub'"):
        said = text(named + f"('z', 'p', 'a', '6411032001001', {again}, 'x', {AT})")
        with pytest.raises(IntegrityError), older.begin() as connection:
            connection.execute(said)
    older.dispose()
