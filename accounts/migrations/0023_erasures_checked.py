"""See that nobody erased has contacts, without keeping anybody from writing."""

from django.contrib.postgres.operations import ValidateConstraint
from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("accounts", "0022_erasures")]
    operations = [ValidateConstraint("user", "user_erased_has_no_contacts")]
