"""The card of a customer in the access log. The database knows of no choices: no statement is sent."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0043_noted_requests_to_erase"),
    ]

    operations = [
        migrations.AlterField(
            model_name="accessevent",
            name="screen",
            field=models.CharField(
                choices=[
                    ("order_form", "Order form: chosen"),
                    ("order", "Order: opened"),
                    ("ticket", "Ticket: opened"),
                    ("customer", "Customer: opened"),
                    ("orders_export", "Orders: exported"),
                    ("tickets_export", "Tickets: exported"),
                    ("money_export", "Money of a day: exported"),
                    ("api", "By a program"),
                    ("people_import", "Import of people"),
                    ("erasure", "Data erased"),
                    ("merge", "Records compared or merged"),
                    ("company", "Company: by its administrator"),
                ],
                max_length=20,
                verbose_name="screen",
            ),
        ),
    ]
