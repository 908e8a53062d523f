"""What is kept: rows by SQLModel, photos by their sha256. The only package that knows SQL.

Functions take the session first, add and flush; the caller commits, so that a fact, its event and
the job that follows from it stand or fall together.
"""

# Tables name each other, so that whoever knows one knows all.
import digitizer.store.account_tables
import digitizer.store.backup_tables
import digitizer.store.correction_tables
import digitizer.store.form_tables
import digitizer.store.job_tables
import digitizer.store.likeness_tables
import digitizer.store.official_tables
import digitizer.store.publication_tables
import digitizer.store.recap_tables
import digitizer.store.review_tables
import digitizer.store.sample_tables
import digitizer.store.sender_tables
import digitizer.store.tables  # noqa: F401
