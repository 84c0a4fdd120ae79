"""Write the phones of locations as E.164, which is what their field is going to read."""

from typing import Any

import phonenumbers
from django.db import migrations


def write_as_e164(apps: Any, schema_editor: Any) -> None:
    for location in apps.get_model("coworking", "Location").objects.exclude(phone=""):
        location.phone = _e164(location)
        location.save(update_fields=["phone"])


def _e164(location: Any) -> str:
    try:
        number = phonenumbers.parse(location.phone, "RU")
    except phonenumbers.NumberParseException:
        number = phonenumbers.PhoneNumber()
    # E.164 has no place for an extension; dropping it would be a loss that nobody notices.
    if number.extension or not phonenumbers.is_valid_number(number):
        raise ValueError(
            f"Location {location.pk}: «{location.phone}» is no phone number. Correct it in Django admin, then migrate."
        )
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)


class Migration(migrations.Migration):
    dependencies = [("coworking", "0005_deadline")]

    operations = [migrations.RunPython(write_as_e164, migrations.RunPython.noop)]
