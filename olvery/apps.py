from django.apps import AppConfig
from django.conf import settings
from django.db.backends.signals import connection_created
from django.db.models.signals import pre_migrate

from olvery import sentry
from olvery.database.plans import allow_plans
from olvery.shared.statements import lift_limit, limit_session, note_unconfirmed, wait_with_patience


class OlveryConfig(AppConfig):
    name = "olvery"

    def ready(self) -> None:
        from olvery import checks  # noqa: F401, PLC0415 - registers the system checks, which need the models

        if settings.SENTRY_DSN:
            sentry.start()
        connection_created.connect(limit_session, dispatch_uid="limit_session")
        connection_created.connect(allow_plans, dispatch_uid="allow_plans")
        connection_created.connect(note_unconfirmed, dispatch_uid="note_unconfirmed")
        connection_created.connect(wait_with_patience, dispatch_uid="wait_with_patience")
        pre_migrate.connect(lift_limit, dispatch_uid="lift_limit")
