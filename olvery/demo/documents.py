"""Documents of the demo: short, and not legal advice."""

from datetime import datetime, timedelta

from accounts.domain.documents import publish
from accounts.models import DocumentKind

SINCE = timedelta(days=80)
NEW = timedelta(days=20)

POLICY = """Мы обрабатываем имя, телефон и электронную почту, чтобы выполнить ваш заказ: занять место, принять \
оплату, выдать чек и сообщить об изменениях.

Основание — договор, который вы заключаете, оформляя заказ. Для всего остального мы спрашиваем отдельное согласие.

Данные хранятся в России. В «Моём профиле» их можно скачать, исправить и удалить."""

OFFER = """Оформляя заказ, вы заключаете договор об аренде рабочего места на выбранное время.

Место закрепляется за вами после оплаты, а до срока оплаты мы его держим. Сколько вернётся при отмене, написано рядом \
с кнопкой оплаты и в письме о заказе."""

RULES = """Приходите к началу аренды и покажите билет на входе.

В тихой зоне не разговаривают по телефону. Оставляйте стол таким, каким хотели бы его увидеть."""

ACCOUNT = """Я согласен, чтобы моя учётная запись с именем, телефоном и электронной почтой хранилась и тогда, \
когда у меня нет заказов, чтобы в следующий раз не вводить всё заново.

Согласие действует до отзыва. Отозвать его можно в «Моём профиле»."""

ADVERTISING = """Я согласен получать на электронную почту письма о скидках и событиях, не чаще двух раз в месяц.

Согласие действует до отзыва. Отозвать его можно в «Моём профиле»."""


def publish_documents(*, at: datetime) -> None:
    """Publish a text of each kind, and a second edition of the offer."""
    texts = {
        DocumentKind.POLICY: POLICY,
        DocumentKind.OFFER: OFFER.partition("\n\n")[0],
        DocumentKind.RULES: RULES,
        DocumentKind.ACCOUNT: ACCOUNT,
        DocumentKind.ADVERTISING: ADVERTISING,
    }
    for kind, text in texts.items():
        publish(kind=kind, text=text, changes="", by=None, at=at - SINCE)
    changes = "Добавлено, до какого срока мы держим место и сколько возвращаем"
    publish(kind=DocumentKind.OFFER, text=OFFER, changes=changes, by=None, at=at - NEW)
