"""What migrations make of rows that were written before."""

from importlib import import_module

import pytest
from allauth.account.models import EmailAddress
from django.db import connection

from tests.factories import make_user

pytestmark = pytest.mark.django_db


def test_an_e_mail_that_somebody_attached_is_forgotten() -> None:
    person = make_user(email="petrov@example.com")
    own = EmailAddress.objects.create(user=person, email="Petrov@example.com", primary=True, verified=True)
    EmailAddress.objects.create(user=person, email="victim@example.com", verified=True)
    EmailAddress.objects.create(user=make_user(email=None), email="nobody@example.com")

    with connection.cursor() as cursor:
        cursor.execute(import_module("accounts.migrations.0006_forget_attached_emails").FORGET)

    assert list(EmailAddress.objects.all()) == [own]
