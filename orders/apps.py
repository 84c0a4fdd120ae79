from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class OrdersConfig(AppConfig):
    name = "orders"
    verbose_name = _("Orders")

    def ready(self) -> None:
        """End tokens of programs with the rights of their holders."""
        from accounts.domain import roles  # noqa: PLC0415 - reads models
        from orders.domain.programs import tokens  # noqa: PLC0415 - as above

        roles.rights_changed.connect(tokens.end_with_rights)
