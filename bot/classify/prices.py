"""What a call costs, in US dollars: triage.yml's prices first, then the list of genai-prices, else the dearest known.

Prices are per million tokens. The list is imported on first use only: it costs half a second. Nothing is downloaded.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from pydantic import BaseModel, ConfigDict, Field, model_validator

if TYPE_CHECKING:
    from genai_prices.types import ModelInfo

_MILLION = 1_000_000


class Price(BaseModel):
    """US dollars per million tokens. In triage.yml, one number stands for both."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    input: float = Field(ge=0, description="For a million tokens of the prompt.")
    output: float = Field(ge=0, description="For a million tokens of the answer.")

    @model_validator(mode="before")
    @classmethod
    def _one_number(cls, value: Any) -> Any:
        plain = isinstance(value, int | float) and not isinstance(value, bool)
        return {"input": value, "output": value} if plain else value

    def cost(self, tokens_in: int, tokens_out: int) -> float:
        """US dollars for one call."""
        return (self.input * tokens_in + self.output * tokens_out) / _MILLION


class PriceList:
    """The prices of genai-prices, as they stand in the installed package."""

    def price(self, model: str) -> Price | None:
        """The list's price of a model, also of `vendor/model` as gateways name it; None: not on the list."""
        from genai_prices.data_snapshot import get_snapshot

        names = [(model, None), (model, "openrouter"), (model.rpartition("/")[2], None)]
        for name, provider in names:
            try:
                found = get_snapshot().find_provider_model(name, None, provider, None)[1]
            except LookupError:
                continue
            if price := _price(found):
                return price
        return None

    def dearest(self) -> Price:
        """The highest price on the list, for the answer and for the prompt."""
        from genai_prices.data_snapshot import get_snapshot

        known = [price for one in get_snapshot().providers for model in one.models if (price := _price(model))]
        return _dearest(known)


def _price(model: "ModelInfo") -> Price | None:
    """A language model's list price; tiers for very long prompts do not concern us."""
    from genai_prices.types import TieredPrices

    if not model.prices:
        return None
    now = model.get_prices(datetime.now(UTC))
    amounts = [one.base if isinstance(one, TieredPrices) else one for one in (now.input_mtok, now.output_mtok)]
    both = [float(amount) for amount in amounts if isinstance(amount, Decimal)]
    return Price(input=both[0], output=both[1]) if len(both) == len(amounts) else None


def _dearest(prices: Iterable[Price]) -> Price:
    prices = list(prices)
    return Price(input=max(price.input for price in prices), output=max(price.output for price in prices))


@dataclass(frozen=True, slots=True)
class Priced:
    """A model's price, and where it comes from."""

    price: Price
    source: str
    """`triage.yml`, `genai-prices`, or `dearest known`: nobody knows it."""

    @property
    def known(self) -> bool:
        """Whether anybody knows the price."""
        return self.source != "dearest known"


class Prices:
    """All prices, remembered once looked up."""

    def __init__(self, own: Mapping[str, Price] | None = None, listed: PriceList | None = None) -> None:
        self._own = dict(own or {})
        self._list = listed or PriceList()
        self._found: dict[str, Priced] = {}

    def of(self, model: str) -> Priced:
        """The price of a model; one that nobody knows counts at the dearest known price, the safe side of a budget."""
        if model not in self._found:
            self._found[model] = self._look_up(model)
        return self._found[model]

    def _look_up(self, model: str) -> Priced:
        if model in self._own:
            return Priced(self._own[model], "triage.yml")
        if (price := self._list.price(model)) is not None:
            return Priced(price, "genai-prices")
        return Priced(_dearest([self._list.dearest(), *self._own.values()]), "dearest known")

    def cost(self, model: str, tokens_in: int, tokens_out: int) -> float:
        """What a call costs: after it from its usage, before it from the prompt's tokens and the most it may answer."""
        return self.of(model).price.cost(tokens_in, tokens_out)

    def unknown(self, models: Iterable[str]) -> list[str]:
        """One sentence for each model whose price nobody knows, to be said at start, with the cure."""
        return [
            f"nobody knows the price of {model}: it counts at the dearest known, ${priced.price.input:g} and "
            f"${priced.price.output:g} for a million tokens in and out; write its price in triage.yml (0: it is free)"
            for model in dict.fromkeys(models)
            if not (priced := self.of(model)).known
        ]
