"""Call a stored request to the provider a provider request."""

from django.db import migrations, models

from orders.migrations._renaming import rename_column, rename_constraint, rename_index, rename_table

DATABASE = [
    *rename_table("orders_provideroperation", "orders_providerrequest"),
    rename_column("orders_providerrequest", "attempts", "tries"),
    rename_column("orders_providerrequest", "next_attempt_at", "next_try_at"),
    rename_index("operation_to_send", "request_to_send"),
    rename_constraint("orders_providerrequest", "operation_is_about_one_thing", "request_is_about_one_thing"),
]


def _about(model: str, words: str) -> models.OneToOneField:
    return models.OneToOneField(
        f"orders.{model}",
        models.PROTECT,
        null=True,
        blank=True,
        related_name="provider_request",
        verbose_name=words,
    )


STATE = [
    migrations.RemoveConstraint("provideroperation", "operation_is_about_one_thing"),
    migrations.RemoveIndex("provideroperation", "operation_to_send"),
    migrations.RenameModel("ProviderOperation", "ProviderRequest"),
    migrations.RenameField("providerrequest", "attempts", "tries"),
    migrations.RenameField("providerrequest", "next_attempt_at", "next_try_at"),
    migrations.AlterField("providerrequest", "attempt", _about("PaymentAttempt", "payment")),
    migrations.AlterField("providerrequest", "refund", _about("Refund", "refund")),
    migrations.AlterField("providerrequest", "receipt", _about("OffsetReceipt", "receipt")),
    migrations.AddIndex(
        "providerrequest",
        models.Index(
            fields=["next_try_at"], name="request_to_send", condition=models.Q(state__in=["queued", "sending"])
        ),
    ),
    migrations.AddConstraint(
        "providerrequest",
        models.CheckConstraint(
            condition=models.Q(attempt__isnull=False, refund__isnull=True, receipt__isnull=True)
            | models.Q(attempt__isnull=True, refund__isnull=False, receipt__isnull=True)
            | models.Q(attempt__isnull=True, refund__isnull=True, receipt__isnull=False),
            name="request_is_about_one_thing",
        ),
    ),
]


class Migration(migrations.Migration):
    dependencies = [("orders", "0012_payment_attempt")]
    operations = [migrations.SeparateDatabaseAndState(DATABASE, STATE)]
