"""The database itself refuses to change an audit event. What is deleted past it is found by `ldn audit verify`."""

from django.db import migrations

SQLITE = "CREATE TRIGGER audit_append_only BEFORE UPDATE ON accounts_auditevent BEGIN SELECT RAISE(ABORT, 'audit events are never changed'); END"
POSTGRES = """
CREATE FUNCTION audit_append_only() RETURNS trigger AS $$ BEGIN RAISE EXCEPTION 'audit events are never changed'; END $$ LANGUAGE plpgsql;
CREATE TRIGGER audit_append_only BEFORE UPDATE OR DELETE ON accounts_auditevent FOR EACH ROW EXECUTE FUNCTION audit_append_only();
"""


def forwards(apps, schema_editor):
    vendor = schema_editor.connection.vendor
    if vendor in ("sqlite", "postgresql"):
        schema_editor.execute(SQLITE if vendor == "sqlite" else POSTGRES)


def backwards(apps, schema_editor):
    if schema_editor.connection.vendor == "postgresql":
        schema_editor.execute("DROP TRIGGER audit_append_only ON accounts_auditevent; DROP FUNCTION audit_append_only();")
    else:
        schema_editor.execute("DROP TRIGGER audit_append_only")


class Migration(migrations.Migration):
    dependencies = [("accounts", "0002_staff")]
    operations = [migrations.RunPython(forwards, backwards)]
