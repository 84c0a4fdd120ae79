"""See that all lines keep the rules of lines that take back others, without keeping anybody from writing."""

from django.contrib.postgres.operations import ValidateConstraint
from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("orders", "0064_line_reverses")]
    operations = [
        ValidateConstraint("orderline", "line_only_a_reduction_is_negative"),
        ValidateConstraint("orderline", "line_of_a_change_takes_one_back"),
    ]
