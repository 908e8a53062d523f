"""First light: elections, uploads, readings, verifications, tallies and the sealed history."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table('election',
    sa.Column('id', sa.String(), nullable=False),
    sa.Column('title', sa.String(), nullable=False),
    sa.Column('zone', sa.String(), nullable=False),
    sa.Column('simulated', sa.Boolean(), nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_election'))
    )
    op.create_table('node',
    sa.Column('id', sa.String(), nullable=False),
    sa.Column('public_key', sa.String(), nullable=False),
    sa.Column('here', sa.Boolean(), nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_node')),
    sa.UniqueConstraint('public_key', name=op.f('uq_node_public_key'))
    )
    op.create_table('photo',
    sa.Column('sha256', sa.String(), nullable=False),
    sa.Column('bytes', sa.Integer(), nullable=False),
    sa.Column('format', sa.String(), nullable=False),
    sa.PrimaryKeyConstraint('sha256', name=op.f('pk_photo'))
    )
    op.create_table('tps',
    sa.Column('code', sa.String(), nullable=False),
    sa.Column('name', sa.String(), nullable=False),
    sa.Column('desa', sa.String(), nullable=False),
    sa.Column('kecamatan', sa.String(), nullable=False),
    sa.Column('kabkota', sa.String(), nullable=False),
    sa.Column('provinsi', sa.String(), nullable=False),
    sa.Column('registered', sa.Integer(), nullable=False),
    sa.PrimaryKeyConstraint('code', name=op.f('pk_tps'))
    )
    op.create_table('account',
    sa.Column('id', sa.String(), nullable=False),
    sa.Column('username', sa.String(), nullable=False),
    sa.Column('role', sa.String(), nullable=False),
    sa.Column('label', sa.String(), nullable=False),
    sa.Column('tps', sa.String(), nullable=True),
    sa.Column('password_hash', sa.String(), nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.ForeignKeyConstraint(['tps'], ['tps.code'], name=op.f('fk_account_tps')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_account')),
    sa.UniqueConstraint('username', name=op.f('uq_account_username'))
    )
    op.create_table('contest',
    sa.Column('id', sa.String(), nullable=False),
    sa.Column('election', sa.String(), nullable=False),
    sa.Column('position', sa.Integer(), nullable=False),
    sa.Column('round', sa.Integer(), nullable=False),
    sa.Column('office', sa.String(), nullable=False),
    sa.Column('title', sa.String(), nullable=False),
    sa.Column('area', sa.String(), nullable=False),
    sa.Column('candidates', sa.JSON(), nullable=False),
    sa.ForeignKeyConstraint(['election'], ['election.id'], name=op.f('fk_contest_election')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_contest'))
    )
    op.create_table('event',
    sa.Column('node', sa.String(), nullable=False),
    sa.Column('seq', sa.Integer(), autoincrement=False, nullable=False),
    sa.Column('at_utc', sa.DateTime(timezone=True), nullable=False),
    sa.Column('actor', sa.String(), nullable=False),
    sa.Column('kind', sa.String(), nullable=False),
    sa.Column('payload', sa.JSON(), nullable=False),
    sa.Column('prev', sa.String(), nullable=False),
    sa.Column('hash', sa.String(), nullable=False),
    sa.ForeignKeyConstraint(['node'], ['node.id'], name=op.f('fk_event_node')),
    sa.PrimaryKeyConstraint('node', 'seq', name=op.f('pk_event')),
    sa.UniqueConstraint('hash', name=op.f('uq_event_hash'))
    )
    op.create_index(op.f('ix_event_kind'), 'event', ['kind'], unique=False)
    op.create_table('reading',
    sa.Column('id', sa.String(), nullable=False),
    sa.Column('photo', sa.String(), nullable=False),
    sa.Column('model', sa.String(), nullable=False),
    sa.Column('form_version', sa.String(), nullable=False),
    sa.Column('form', sa.String(), nullable=True),
    sa.Column('page', sa.Integer(), nullable=True),
    sa.Column('body', sa.JSON(none_as_null=True), nullable=True),
    sa.Column('problem', sa.JSON(none_as_null=True), nullable=True),
    sa.Column('blobs', sa.JSON(), nullable=False),
    sa.Column('seconds', sa.Float(), nullable=False),
    sa.Column('at', sa.DateTime(timezone=True), nullable=False),
    sa.CheckConstraint('(body IS NULL) <> (problem IS NULL)', name=op.f('ck_reading_reading_or_problem')),
    sa.ForeignKeyConstraint(['photo'], ['photo.sha256'], name=op.f('fk_reading_photo')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_reading')),
    sa.UniqueConstraint('photo', 'model', 'form_version', name=op.f('uq_reading_photo_model_form_version'))
    )
    op.create_index(op.f('ix_reading_form'), 'reading', ['form'], unique=False)
    op.create_table('contest_form',
    sa.Column('form', sa.String(), nullable=False),
    sa.Column('contest', sa.String(), nullable=False),
    sa.Column('position', sa.Integer(), nullable=False),
    sa.ForeignKeyConstraint(['contest'], ['contest.id'], name=op.f('fk_contest_form_contest')),
    sa.PrimaryKeyConstraint('form', name=op.f('pk_contest_form'))
    )
    op.create_table('login_session',
    sa.Column('token_sha256', sa.String(), nullable=False),
    sa.Column('account', sa.String(), nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('expires_at', sa.DateTime(timezone=True), nullable=False),
    sa.ForeignKeyConstraint(['account'], ['account.id'], name=op.f('fk_login_session_account')),
    sa.PrimaryKeyConstraint('token_sha256', name=op.f('pk_login_session'))
    )
    op.create_index(op.f('ix_login_session_account'), 'login_session', ['account'], unique=False)
    op.create_table('sheet',
    sa.Column('contest', sa.String(), nullable=False),
    sa.Column('tps', sa.String(), nullable=False),
    sa.Column('form', sa.String(), nullable=False),
    sa.Column('state', sa.String(), nullable=False),
    sa.Column('verdict', sa.JSON(), nullable=False),
    sa.Column('readings', sa.JSON(), nullable=False),
    sa.Column('photos', sa.JSON(), nullable=False),
    sa.Column('body', sa.JSON(), nullable=False),
    sa.Column('oldest_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('settled_at', sa.DateTime(timezone=True), nullable=False),
    sa.ForeignKeyConstraint(['contest'], ['contest.id'], name=op.f('fk_sheet_contest')),
    sa.ForeignKeyConstraint(['tps'], ['tps.code'], name=op.f('fk_sheet_tps')),
    sa.PrimaryKeyConstraint('contest', 'tps', 'form', name=op.f('pk_sheet'))
    )
    op.create_index(op.f('ix_sheet_state'), 'sheet', ['state'], unique=False)
    op.create_table('tally',
    sa.Column('contest', sa.String(), nullable=False),
    sa.Column('tps', sa.String(), nullable=False),
    sa.Column('version', sa.Integer(), autoincrement=False, nullable=False),
    sa.Column('form', sa.String(), nullable=False),
    sa.Column('origin', sa.String(), nullable=False),
    sa.Column('body', sa.JSON(), nullable=False),
    sa.Column('made_at', sa.DateTime(timezone=True), nullable=False),
    sa.ForeignKeyConstraint(['contest'], ['contest.id'], name=op.f('fk_tally_contest')),
    sa.ForeignKeyConstraint(['tps'], ['tps.code'], name=op.f('fk_tally_tps')),
    sa.PrimaryKeyConstraint('contest', 'tps', 'version', name=op.f('pk_tally'))
    )
    op.create_table('upload',
    sa.Column('id', sa.String(), nullable=False),
    sa.Column('photo', sa.String(), nullable=False),
    sa.Column('account', sa.String(), nullable=False),
    sa.Column('tps', sa.String(), nullable=True),
    sa.Column('contest', sa.String(), nullable=True),
    sa.Column('file_name', sa.String(), nullable=False),
    sa.Column('idempotency_key', sa.String(), nullable=True),
    sa.Column('at', sa.DateTime(timezone=True), nullable=False),
    sa.ForeignKeyConstraint(['account'], ['account.id'], name=op.f('fk_upload_account')),
    sa.ForeignKeyConstraint(['contest'], ['contest.id'], name=op.f('fk_upload_contest')),
    sa.ForeignKeyConstraint(['photo'], ['photo.sha256'], name=op.f('fk_upload_photo')),
    sa.ForeignKeyConstraint(['tps'], ['tps.code'], name=op.f('fk_upload_tps')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_upload')),
    sa.UniqueConstraint('account', 'idempotency_key', name=op.f('uq_upload_account_idempotency_key')),
    sa.UniqueConstraint('photo', 'account', 'tps', name=op.f('uq_upload_photo_account_tps'))
    )
    op.create_index(op.f('ix_upload_account'), 'upload', ['account'], unique=False)
    op.create_index('ix_upload_once_without_tps', 'upload', ['photo', 'account'], unique=True, sqlite_where=sa.text('tps IS NULL'), postgresql_where=sa.text('tps IS NULL'))
    op.create_index(op.f('ix_upload_tps'), 'upload', ['tps'], unique=False)
    op.create_table('verification',
    sa.Column('id', sa.String(), nullable=False),
    sa.Column('contest', sa.String(), nullable=False),
    sa.Column('tps', sa.String(), nullable=False),
    sa.Column('form', sa.String(), nullable=False),
    sa.Column('version', sa.Integer(), nullable=False),
    sa.Column('reviewer', sa.String(), nullable=False),
    sa.Column('outcome', sa.String(), nullable=False),
    sa.Column('body', sa.JSON(), nullable=False),
    sa.Column('at', sa.DateTime(timezone=True), nullable=False),
    sa.ForeignKeyConstraint(['contest'], ['contest.id'], name=op.f('fk_verification_contest')),
    sa.ForeignKeyConstraint(['reviewer'], ['account.id'], name=op.f('fk_verification_reviewer')),
    sa.ForeignKeyConstraint(['tps'], ['tps.code'], name=op.f('fk_verification_tps')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_verification')),
    sa.UniqueConstraint('contest', 'tps', 'form', 'version', 'reviewer', name=op.f('uq_verification_contest_tps_form_version_reviewer'))
    )
    op.create_index('ix_verification_tps', 'verification', ['contest', 'tps'], unique=False)
    op.create_table('assignment',
    sa.Column('upload', sa.String(), nullable=False),
    sa.Column('number', sa.Integer(), autoincrement=False, nullable=False),
    sa.Column('tps', sa.String(), nullable=True),
    sa.Column('contest', sa.String(), nullable=True),
    sa.Column('account', sa.String(), nullable=False),
    sa.Column('at', sa.DateTime(timezone=True), nullable=False),
    sa.ForeignKeyConstraint(['account'], ['account.id'], name=op.f('fk_assignment_account')),
    sa.ForeignKeyConstraint(['contest'], ['contest.id'], name=op.f('fk_assignment_contest')),
    sa.ForeignKeyConstraint(['tps'], ['tps.code'], name=op.f('fk_assignment_tps')),
    sa.ForeignKeyConstraint(['upload'], ['upload.id'], name=op.f('fk_assignment_upload')),
    sa.PrimaryKeyConstraint('upload', 'number', name=op.f('pk_assignment'))
    )
    op.create_index(op.f('ix_assignment_tps'), 'assignment', ['tps'], unique=False)
    op.create_table('tally_value',
    sa.Column('contest', sa.String(), nullable=False),
    sa.Column('tps', sa.String(), nullable=False),
    sa.Column('version', sa.Integer(), autoincrement=False, nullable=False),
    sa.Column('field', sa.String(), nullable=False),
    sa.Column('value', sa.Integer(), nullable=True),
    sa.ForeignKeyConstraint(['contest', 'tps', 'version'], ['tally.contest', 'tally.tps', 'tally.version'], name=op.f('fk_tally_value_contest_tps_version')),
    sa.PrimaryKeyConstraint('contest', 'tps', 'version', 'field', name=op.f('pk_tally_value'))
    )
    seal_history()


def seal_history() -> None:
    """Let the database itself refuse to change or delete what happened."""
    if op.get_bind().dialect.name == "sqlite":
        for action in ("UPDATE", "DELETE"):
            op.execute(
                f"CREATE TRIGGER event_refuse_{action.lower()} BEFORE {action} ON event BEGIN "
                "SELECT RAISE(ABORT, 'events are append-only'); END"
            )
        # INSERT OR REPLACE deletes a row without asking the trigger on DELETE.
        op.execute(
            "CREATE TRIGGER event_refuse_replace BEFORE INSERT ON event WHEN EXISTS (SELECT 1 "
            "FROM event WHERE (node = NEW.node AND seq = NEW.seq) OR hash = NEW.hash) BEGIN "
            "SELECT RAISE(ABORT, 'events are append-only'); END"
        )
        return
    op.execute(
        "CREATE FUNCTION refuse_event_change() RETURNS trigger LANGUAGE plpgsql AS "
        "$$ BEGIN RAISE EXCEPTION 'events are append-only'; END $$"
    )
    op.execute(
        "CREATE TRIGGER event_refuse_change BEFORE UPDATE OR DELETE OR TRUNCATE ON event "
        "FOR EACH STATEMENT EXECUTE FUNCTION refuse_event_change()"
    )


def downgrade() -> None:
    raise NotImplementedError("the history of an election is not taken back; restore a backup")
