"""A database's address that does not serve is named with its cure, and never with its password."""

import pytest
from sqlalchemy import text

from bot.errors import BadSettings
from bot.store.engine import Database


@pytest.mark.parametrize(
    ("url", "said"),
    [
        ("", "not a database's address"),
        ("where:s3cret", "not a database's address"),
        ("mysql://root:s3cret@db/triage", "'mysql' is not served"),
        ("postgresql+psycopg2://root:s3cret@db/triage", "is not served; use sqlite:///FILE or postgresql://"),
        ("sqlite://", "needs a file"),
        ("sqlite:///:memory:", "needs a file"),
    ],
)
def test_an_address_that_is_not_served_is_refused_with_its_cure(url, said):
    with pytest.raises(BadSettings, match="DATABASE_URL") as refused:
        Database.connect(url)
    assert said in str(refused.value)
    assert "s3cret" not in str(refused.value)


def test_a_file_that_cannot_be_written_is_named(tmp_path):
    (tmp_path / "file").write_text("not a directory")
    with pytest.raises(BadSettings, match="cannot write the SQLite file"):
        Database.connect(f"sqlite:///{tmp_path}/file/triage.db")


def test_a_file_that_is_no_database_is_named(tmp_path):
    (tmp_path / "triage.db").write_text("something else " * 100)
    with pytest.raises(BadSettings, match="not a database"):
        Database.connect(f"sqlite:///{tmp_path}/triage.db")


async def test_a_server_that_does_not_answer_is_named_without_the_password(tmp_path):
    db = Database.connect(f"postgresql://bot:s3cret@/triage?host={tmp_path}")
    with pytest.raises(BadSettings, match="cannot reach") as refused:
        await db.migrate()
    await db.close()
    assert "s3cret" not in str(refused.value)


async def test_a_commit_on_sqlite_is_on_disk_before_anybody_is_answered(tmp_path):
    db = Database.connect(f"sqlite:///{tmp_path}/triage.db")
    async with db.write() as conn:
        found = [await conn.scalar(text(f"PRAGMA {name}")) for name in ("journal_mode", "synchronous", "foreign_keys")]
    await db.close()
    assert found == ["wal", 2, 1]


@pytest.mark.parametrize("form", ["sqlite:///{}", "sqlite+aiosqlite:///{}"])
async def test_both_forms_of_a_files_address_are_served_and_missing_directories_made(tmp_path, form):
    file = tmp_path / "deep" / "down" / "triage.db"
    db = Database.connect(form.format(file))
    await db.migrate()
    await db.close()
    assert file.exists()


@pytest.mark.parametrize("form", ["postgres", "postgresql", "postgresql+asyncpg"])
async def test_every_form_of_postgresqls_address_is_taken_and_libpqs_words_with_it(form):
    db = Database.connect(f"{form}://bot:s3cret@db.example/triage?sslmode=require")
    assert db.dialect == "postgresql"
    await db.close()
