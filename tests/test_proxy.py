"""Ways out through a proxy: as the environment says, and never to this machine itself."""

import pytest

from bot.proxy import proxy_for


@pytest.fixture
def behind_a_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "NO_PROXY"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.lower(), raising=False)
    monkeypatch.setenv("HTTPS_PROXY", "http://proxy.example.com:3128")
    monkeypatch.setenv("NO_PROXY", "models.example.com")


@pytest.mark.usefixtures("behind_a_proxy")
@pytest.mark.parametrize(
    ("url", "proxy"),
    [
        ("https://api.example.com/v1", "http://proxy.example.com:3128"),
        ("https://models.example.com/v1", None),
        ("http://api.example.com/v1", None),
        ("https://127.0.0.1:8080/v1", None),
        ("https://localhost/v1", None),
        ("https://[::1]/v1", None),
    ],
)
def test_a_proxy_is_used_where_the_environment_says_so(url, proxy):
    assert proxy_for(url) == proxy
