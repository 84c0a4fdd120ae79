from django.apps import AppConfig
from django.utils.translation import pgettext_lazy


class AccountsConfig(AppConfig):
    name = "accounts"
    verbose_name = pgettext_lazy("app", "People and roles")

    def ready(self) -> None:
        """Start recording security events."""
        from accounts import watch  # noqa: PLC0415 - reads models

        watch.start()
