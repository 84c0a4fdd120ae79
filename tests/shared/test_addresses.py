import pytest
from django.test import RequestFactory

from olvery.shared.addresses import client_address


@pytest.mark.parametrize(
    ("proxies", "forwarded", "address"),
    [
        (0, None, "10.0.0.1"),
        (0, "1.1.1.1", "10.0.0.1"),
        (1, "1.1.1.1", "1.1.1.1"),
        (1, "6.6.6.6, 1.1.1.1", "1.1.1.1"),
        (1, " 1.1.1.1 ", "1.1.1.1"),
        (1, "6.6.6.6, 1.1.1.1,", "1.1.1.1"),
        (2, "6.6.6.6, 1.1.1.1, 10.0.0.2", "1.1.1.1"),
        (2, "1.1.1.1", ""),
        (1, None, ""),
        (1, "", ""),
        (1, " , ,", ""),
        (1, "no address", "no address"),
    ],
)
def test_the_address_is_read_from_the_right_past_our_own_proxies(
    proxies: int, forwarded: str | None, address: str
) -> None:
    headers = {} if forwarded is None else {"HTTP_X_FORWARDED_FOR": forwarded}
    request = RequestFactory().get("/", REMOTE_ADDR="10.0.0.1", **headers)
    assert client_address(request, trusted_proxies=proxies) == address
