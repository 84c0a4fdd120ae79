"""What happens at a coworking apart from single orders, and how often."""

from bench.chaos import deeds_customers as customers
from bench.chaos import deeds_desk as desk
from bench.chaos import programs
from bench.chaos.storm import Deed

OF_TRADE: tuple[tuple[Deed, int], ...] = (
    (customers.book, 12),
    (customers.book_on_account, 5),
    (customers.buy_pass, 6),
    (customers.book_by_pass, 10),
    (customers.stand_in_line, 10),
    (customers.leave_line, 2),
    (customers.give_up, 5),
    (desk.take_payment, 8),
    (desk.give_back, 4),
    (desk.bill_a_month, 10),
    (desk.do_with_many, 8),
    (desk.offer_place, 3),
    (desk.merge, 3),
    (desk.import_people, 3),
    (programs.order_by_api, 8),
)
