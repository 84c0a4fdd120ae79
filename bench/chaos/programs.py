"""An external program orders by the API, and repeats each request with its key."""

from random import Random
from uuid import UUID

from bench.chaos.browser import Broken, Program, TurnedAway
from bench.chaos.stage import LENGTH, any_time
from bench.chaos.storm import Storm
from bench.chaos.told import insist
from coworking.models import PaymentMethod
from orders.forms_people import key_of


def order_by_api(storm: Storm, number: int, rng: Random) -> None:
    """Ask what an order costs, place it, and place it again under the same key: there is one."""
    assert storm.trade
    program, stage = Program(storm.site_url, storm.trade.secret), storm.stage
    (day, start), key = any_time(len(storm.orders), rng), str(UUID(int=rng.getrandbits(128), version=4))
    wish = {
        "customer": key_of(rng.choice(stage.customers).pk, viewer=stage.manager),
        "payment_method": str(rng.choice([PaymentMethod.ONLINE, PaymentMethod.ON_SITE])),
        "bookings": [
            {
                "tariff": rng.choice(stage.tariffs).pk,
                "day": day.isoformat(),
                "start": f"{start:02}:00",
                "end": f"{start + LENGTH:02}:00",
                "places": rng.choice([1, 2]),
            }
        ],
    }
    total = program.post("quotes", wish)["total"]
    if total is None:
        raise TurnedAway("it has no price")
    asked = {**wish, "total": total}
    placed = insist(lambda: program.post("orders", asked, key=key))["number"]
    with storm.lock:
        storm.api_keys[key].add(placed)
    again = insist(lambda: program.post("orders", asked, key=key))["number"]
    with storm.lock:
        storm.api_keys[key].add(again)
    if rng.random() < 0.3:
        _reuse(program, asked, key)
    if rng.random() < 0.2:
        insist(lambda: program.post(f"orders/{placed}/cancel", {"reason": "Хаос"}))
    storm.visit(placed, rng, times=1)


def _reuse(program: Program, asked: dict[str, object], key: str) -> None:
    """Send a different request with a used key. Raises Broken if it is carried out."""
    try:
        program.post("orders", {**asked, "comment": "другой"}, key=key)
    except TurnedAway:
        return
    raise Broken("a key of another request was taken")
