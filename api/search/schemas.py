"""What a search answers: for each kind of record the first that match, how many match, and an exact number."""

from enum import StrEnum

from pydantic import BaseModel, Field

from api.http.number_formats import Money


class SearchKind(StrEnum):
    """The kinds of records, in the order in which they are shown."""

    INVOICE = "invoice"
    ORDER = "order"
    CONTRACT = "contract"
    QUOTE = "quote"
    BILL = "bill"
    PAYABLE = "payable"


class SearchHit(BaseModel):
    """A record that matches."""

    id: str
    number: str | None = Field(description="what people call it; null for a draft without a number")
    name: str
    detail: str | None = None
    status: str | None = Field(default=None, description="as the record's own list has it; null for a contract")
    amount: Money | None = None
    currency: str | None = None


class SearchGroup(BaseModel):
    """The records of one kind that match, the first few of them."""

    kind: SearchKind
    count: int
    count_is_exact: bool = Field(description="when false, more than `count` match")
    hits: list[SearchHit]
    problem: str | None = Field(default=None, description="why this kind could not be searched")


class SearchAmount(BaseModel):
    """An amount that the text can mean, and how many invoices have it as their total."""

    amount: Money
    invoices: int
    count_is_exact: bool


class ExactHit(BaseModel):
    """The only record whose number or id is the text."""

    kind: SearchKind
    id: str


class SearchResult(BaseModel):
    exact: ExactHit | None = Field(description="null when no record has this number, or several have it")
    amounts: list[SearchAmount]
    groups: list[SearchGroup]
