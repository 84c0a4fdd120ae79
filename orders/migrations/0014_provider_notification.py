"""Call the provider's hint a provider notification."""

from django.db import migrations, models

from orders.migrations._renaming import rename_constraint, rename_table

DATABASE = [
    *rename_table("orders_webhookevent", "orders_providernotification"),
    rename_constraint("orders_providernotification", "webhook_event_once_an_object", "notification_once_an_object"),
]

STATE = [
    migrations.RemoveConstraint("webhookevent", "webhook_event_once_an_object"),
    migrations.RenameModel("WebhookEvent", "ProviderNotification"),
    migrations.AddConstraint(
        "providernotification",
        models.UniqueConstraint(fields=["event", "object_id"], name="notification_once_an_object"),
    ),
]


class Migration(migrations.Migration):
    dependencies = [("orders", "0013_provider_request")]
    operations = [migrations.SeparateDatabaseAndState(DATABASE, STATE)]
