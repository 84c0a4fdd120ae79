"""A browser of support."""

import pytest
from django.test import Client

from accounts.models import User


@pytest.fixture
def support(client: Client) -> Client:
    """Sign in as a superuser."""
    client.force_login(User.objects.create_superuser("support@example.com", last_name="Ким", first_name="Ольга"))
    return client
