"""Give stored positions of refunds their place in the payment's receipt, by title."""

from typing import Any

from django.db import migrations


def name_places(apps: Any, schema_editor: Any) -> None:
    refunds = apps.get_model("orders", "Refund").objects.exclude(receipt_items=[]).select_related("payment")
    for refund in refunds.iterator(chunk_size=500):
        if all("place" in row for row in refund.receipt_items):
            continue
        titles = [row["title"] for row in refund.payment.receipt_items]
        for row in refund.receipt_items:
            row["place"] = titles.index(row["title"]) if row["title"] in titles else 0
        refund.save(update_fields=["receipt_items"])


class Migration(migrations.Migration):
    dependencies = [("orders", "0009_clock_indexes")]

    operations = [migrations.RunPython(name_places, migrations.RunPython.noop)]
