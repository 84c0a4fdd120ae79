from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class AccountsConfig(AppConfig):
    name = "accounts"
    verbose_name = _("People and roles")

    def ready(self) -> None:
        """Keep what happens at the doors of accounts."""
        from accounts import watch  # noqa: PLC0415 - reads models

        watch.start()
